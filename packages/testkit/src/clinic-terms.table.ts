/**
 * What the patients of the synthetic clinic have, take and are measured for. Codes have the form of ICD-10-CM and carry everyday
 * wordings; doses are usual ones. Good enough to look at and to test with; not for care.
 */

export interface Medication { readonly drug: string; readonly doses: readonly string[]; readonly frequency: string }

export interface Condition {
  readonly code: string
  readonly text: string
  readonly weight: number
  readonly fromAge: number
  readonly toAge: number
  readonly sex: 'female' | 'male' | 'any'
  readonly course: 'chronic' | 'acute'
  readonly medications: readonly Medication[]
  /** Keys of {@link LAB_TESTS} that are ordered for it. */
  readonly labs: readonly string[]
  /** What the patient says. */
  readonly complaint: string
  /** What is done. */
  readonly plan: string
}

const METFORMIN = { drug: 'metformin', doses: ['500 mg', '850 mg', '1000 mg'], frequency: 'twice daily' }
const LISINOPRIL = { drug: 'lisinopril', doses: ['5 mg', '10 mg', '20 mg'], frequency: 'once daily' }
const AMLODIPINE = { drug: 'amlodipine', doses: ['5 mg', '10 mg'], frequency: 'once daily' }
const ATORVASTATIN = { drug: 'atorvastatin', doses: ['10 mg', '20 mg', '40 mg'], frequency: 'at bedtime' }
const ALBUTEROL = { drug: 'albuterol inhaler', doses: ['90 mcg'], frequency: 'two puffs as needed' }
const IBUPROFEN = { drug: 'ibuprofen', doses: ['400 mg', '600 mg'], frequency: 'every 8 hours as needed' }
const AMOXICILLIN = { drug: 'amoxicillin', doses: ['500 mg', '875 mg'], frequency: 'twice daily for 7 days' }

export const CONDITIONS: readonly Condition[] = [
  { code: 'I10', text: 'Essential hypertension', weight: 22, fromAge: 30, toAge: 120, sex: 'any', course: 'chronic', medications: [LISINOPRIL, AMLODIPINE], labs: ['K', 'CREA'], complaint: 'home readings around 150 over 90', plan: 'keep a blood pressure diary and come back in three months' },
  { code: 'E11.9', text: 'Type 2 diabetes mellitus without complications', weight: 14, fromAge: 30, toAge: 120, sex: 'any', course: 'chronic', medications: [METFORMIN], labs: ['HBA1C', 'GLU', 'CREA'], complaint: 'thirst and fasting sugars above 160', plan: 'continue metformin, repeat HbA1c in three months, eye exam ordered' },
  { code: 'E78.5', text: 'Hyperlipidemia, unspecified', weight: 16, fromAge: 35, toAge: 120, sex: 'any', course: 'chronic', medications: [ATORVASTATIN], labs: ['LDL', 'ALT'], complaint: 'no complaints, here for cholesterol results', plan: 'continue statin, recheck lipids in six months' },
  { code: 'J45.909', text: 'Unspecified asthma, uncomplicated', weight: 9, fromAge: 4, toAge: 75, sex: 'any', course: 'chronic', medications: [ALBUTEROL], labs: [], complaint: 'wheezing twice a week, more at night', plan: 'inhaler technique reviewed, action plan given' },
  { code: 'E03.9', text: 'Hypothyroidism, unspecified', weight: 6, fromAge: 25, toAge: 120, sex: 'any', course: 'chronic', medications: [{ drug: 'levothyroxine', doses: ['50 mcg', '75 mcg', '100 mcg'], frequency: 'every morning' }], labs: ['TSH'], complaint: 'tired and always cold', plan: 'adjust levothyroxine and repeat TSH in eight weeks' },
  { code: 'F32.A', text: 'Depression, unspecified', weight: 8, fromAge: 16, toAge: 90, sex: 'any', course: 'chronic', medications: [{ drug: 'sertraline', doses: ['50 mg', '100 mg'], frequency: 'once daily' }], labs: [], complaint: 'poor sleep and low mood for several weeks', plan: 'continue sertraline, referral to counseling' },
  { code: 'F41.1', text: 'Generalized anxiety disorder', weight: 7, fromAge: 14, toAge: 85, sex: 'any', course: 'chronic', medications: [{ drug: 'escitalopram', doses: ['10 mg', '20 mg'], frequency: 'once daily' }], labs: [], complaint: 'worry that does not stop and a racing heart', plan: 'breathing exercises, follow-up in six weeks' },
  { code: 'M17.11', text: 'Unilateral primary osteoarthritis, right knee', weight: 8, fromAge: 50, toAge: 120, sex: 'any', course: 'chronic', medications: [{ drug: 'acetaminophen', doses: ['650 mg'], frequency: 'every 6 hours as needed' }], labs: [], complaint: 'right knee pain on stairs', plan: 'physical therapy, consider injection if no better' },
  { code: 'N18.31', text: 'Chronic kidney disease, stage 3a', weight: 4, fromAge: 55, toAge: 120, sex: 'any', course: 'chronic', medications: [LISINOPRIL], labs: ['CREA', 'K', 'HGB'], complaint: 'no symptoms, ankles a little swollen', plan: 'avoid NSAIDs, repeat creatinine in four weeks' },
  { code: 'I48.91', text: 'Unspecified atrial fibrillation', weight: 4, fromAge: 60, toAge: 120, sex: 'any', course: 'chronic', medications: [{ drug: 'apixaban', doses: ['2.5 mg', '5 mg'], frequency: 'twice daily' }], labs: ['HGB', 'CREA', 'TSH'], complaint: 'fluttering in the chest, short of breath on hills', plan: 'continue anticoagulation, ECG today' },
  { code: 'I50.9', text: 'Heart failure, unspecified', weight: 3, fromAge: 60, toAge: 120, sex: 'any', course: 'chronic', medications: [{ drug: 'furosemide', doses: ['20 mg', '40 mg'], frequency: 'once daily' }, LISINOPRIL], labs: ['BNP', 'K', 'CREA'], complaint: 'two pillows at night, weight up four pounds', plan: 'increase furosemide, daily weights, call if up three pounds' },
  { code: 'J44.9', text: 'Chronic obstructive pulmonary disease, unspecified', weight: 4, fromAge: 50, toAge: 120, sex: 'any', course: 'chronic', medications: [{ drug: 'tiotropium', doses: ['18 mcg'], frequency: 'one inhalation daily' }, ALBUTEROL], labs: [], complaint: 'cough with clear sputum every morning', plan: 'smoking cessation discussed, flu shot given' },
  { code: 'G43.909', text: 'Migraine, unspecified, not intractable', weight: 6, fromAge: 14, toAge: 65, sex: 'any', course: 'chronic', medications: [{ drug: 'sumatriptan', doses: ['50 mg', '100 mg'], frequency: 'at onset of headache' }], labs: [], complaint: 'one-sided headache with nausea three times this month', plan: 'headache diary, sumatriptan at onset' },
  { code: 'K21.9', text: 'Gastro-esophageal reflux disease without esophagitis', weight: 8, fromAge: 20, toAge: 120, sex: 'any', course: 'chronic', medications: [{ drug: 'omeprazole', doses: ['20 mg', '40 mg'], frequency: 'before breakfast' }], labs: [], complaint: 'burning behind the breastbone after meals', plan: 'eight weeks of omeprazole, then stop and see' },
  { code: 'E66.9', text: 'Obesity, unspecified', weight: 7, fromAge: 12, toAge: 80, sex: 'any', course: 'chronic', medications: [], labs: ['HBA1C', 'LDL'], complaint: 'wants help with weight', plan: 'dietitian referral' },
  { code: 'N40.0', text: 'Benign prostatic hyperplasia without lower urinary tract symptoms', weight: 5, fromAge: 55, toAge: 120, sex: 'male', course: 'chronic', medications: [{ drug: 'tamsulosin', doses: ['0.4 mg'], frequency: 'at bedtime' }], labs: ['CREA'], complaint: 'up four times a night', plan: 'start tamsulosin, PSA discussed' },
  { code: 'O09.90', text: 'Supervision of high risk pregnancy, unspecified', weight: 2, fromAge: 19, toAge: 44, sex: 'female', course: 'chronic', medications: [{ drug: 'prenatal vitamin', doses: ['1 tablet'], frequency: 'once daily' }], labs: ['HGB', 'GLU'], complaint: 'feels the baby move, mild back pain', plan: 'next visit in two weeks, glucose screen' },
  { code: 'D50.9', text: 'Iron deficiency anemia, unspecified', weight: 5, fromAge: 12, toAge: 90, sex: 'female', course: 'chronic', medications: [{ drug: 'ferrous sulfate', doses: ['325 mg'], frequency: 'every other day' }], labs: ['HGB'], complaint: 'out of breath on stairs, pale', plan: 'iron every other day, repeat count in six weeks' },
  { code: 'J06.9', text: 'Acute upper respiratory infection, unspecified', weight: 18, fromAge: 0, toAge: 120, sex: 'any', course: 'acute', medications: [], labs: [], complaint: 'runny nose and cough for four days', plan: 'rest and fluids, come back if fever lasts' },
  { code: 'J02.0', text: 'Streptococcal pharyngitis', weight: 7, fromAge: 3, toAge: 45, sex: 'any', course: 'acute', medications: [AMOXICILLIN], labs: [], complaint: 'sore throat and fever since the weekend', plan: 'amoxicillin, stay home for 24 hours' },
  { code: 'H66.90', text: 'Otitis media, unspecified, unspecified ear', weight: 9, fromAge: 0, toAge: 12, sex: 'any', course: 'acute', medications: [AMOXICILLIN], labs: [], complaint: 'pulling at the ear, crying at night', plan: 'amoxicillin, recheck ears in two weeks' },
  { code: 'N39.0', text: 'Urinary tract infection, site not specified', weight: 7, fromAge: 16, toAge: 100, sex: 'female', course: 'acute', medications: [{ drug: 'nitrofurantoin', doses: ['100 mg'], frequency: 'twice daily for 5 days' }], labs: ['WBC'], complaint: 'burning when passing water', plan: 'nitrofurantoin for five days, call if fever' },
  { code: 'S93.401A', text: 'Sprain of unspecified ligament of right ankle, initial encounter', weight: 6, fromAge: 8, toAge: 70, sex: 'any', course: 'acute', medications: [IBUPROFEN], labs: [], complaint: 'turned the right ankle on a curb', plan: 'ice, brace, no sports for three weeks' },
  { code: 'M54.50', text: 'Low back pain, unspecified', weight: 11, fromAge: 18, toAge: 90, sex: 'any', course: 'acute', medications: [IBUPROFEN], labs: [], complaint: 'low back pain after lifting boxes', plan: 'stay active, physical therapy if not better in four weeks' },
  { code: 'L20.9', text: 'Atopic dermatitis, unspecified', weight: 6, fromAge: 0, toAge: 60, sex: 'any', course: 'acute', medications: [{ drug: 'triamcinolone 0.1% cream', doses: ['thin layer'], frequency: 'twice daily' }], labs: [], complaint: 'itchy rash in the elbow folds', plan: 'steroid cream for two weeks, moisturizer always' },
  { code: 'R05.9', text: 'Cough, unspecified', weight: 8, fromAge: 0, toAge: 120, sex: 'any', course: 'acute', medications: [], labs: ['CRP', 'WBC'], complaint: 'dry cough that will not go away', plan: 'chest film if still there in two weeks' },
  { code: 'Z00.129', text: 'Routine child health examination without abnormal findings', weight: 20, fromAge: 0, toAge: 17, sex: 'any', course: 'acute', medications: [], labs: [], complaint: 'no concerns at home or school', plan: 'vaccines up to date, next check in a year' },
  { code: 'Z00.00', text: 'General adult medical examination without abnormal findings', weight: 16, fromAge: 18, toAge: 120, sex: 'any', course: 'acute', medications: [], labs: ['GLU', 'LDL', 'HGB'], complaint: 'here for the yearly check', plan: 'screening up to date, see again in a year' },
]

export interface LabTest {
  readonly name: string
  readonly unit: string
  readonly low: number
  readonly high: number
  readonly decimals: number
  /** How far outside the reference range an abnormal value may lie. */
  readonly worst: number
}

export const LAB_TESTS: ReadonlyMap<string, LabTest> = new Map([
  ['HBA1C', { name: 'Hemoglobin A1c', unit: '%', low: 4, high: 5.6, decimals: 1, worst: 11.4 }],
  ['GLU', { name: 'Glucose, fasting', unit: 'mg/dL', low: 70, high: 99, decimals: 0, worst: 288 }],
  ['LDL', { name: 'LDL cholesterol', unit: 'mg/dL', low: 50, high: 129, decimals: 0, worst: 221 }],
  ['TSH', { name: 'Thyroid stimulating hormone', unit: 'mIU/L', low: 0.4, high: 4.2, decimals: 2, worst: 14.6 }],
  ['K', { name: 'Potassium', unit: 'mmol/L', low: 3.5, high: 5.1, decimals: 1, worst: 5.9 }],
  ['CREA', { name: 'Creatinine', unit: 'mg/dL', low: 0.6, high: 1.2, decimals: 2, worst: 2.31 }],
  ['ALT', { name: 'Alanine aminotransferase', unit: 'U/L', low: 7, high: 45, decimals: 0, worst: 132 }],
  ['HGB', { name: 'Hemoglobin', unit: 'g/dL', low: 12, high: 16.5, decimals: 1, worst: 18.2 }],
  ['WBC', { name: 'White cell count', unit: '10*3/uL', low: 4, high: 10.8, decimals: 1, worst: 17.3 }],
  ['CRP', { name: 'C-reactive protein', unit: 'mg/L', low: 0, high: 5, decimals: 1, worst: 84 }],
  ['BNP', { name: 'Natriuretic peptide B', unit: 'pg/mL', low: 5, high: 99, decimals: 0, worst: 910 }],
])

export const SPECIALTIES: readonly { readonly specialty: string; readonly credential: string; readonly count: number }[] = [
  { specialty: 'Family medicine', credential: 'MD', count: 5 }, { specialty: 'Internal medicine', credential: 'MD', count: 4 },
  { specialty: 'Pediatrics', credential: 'MD', count: 3 }, { specialty: 'Cardiology', credential: 'MD', count: 2 },
  { specialty: 'Family practice', credential: 'NP', count: 4 }, { specialty: 'Obstetrics', credential: 'CNM', count: 1 },
  { specialty: 'Behavioral health', credential: 'LCSW', count: 1 },
]

export const ROOMS: readonly { readonly name: string; readonly floor: number; readonly kind: string }[] = [
  ...Array.from({ length: 10 }, (_, index) => ({ name: `Exam ${index + 1}`, floor: 1 + Math.floor(index / 5), kind: 'exam' })),
  { name: 'Procedure A', floor: 1, kind: 'procedure' }, { name: 'Procedure B', floor: 2, kind: 'procedure' },
  { name: 'Lab', floor: 1, kind: 'laboratory' }, { name: 'Imaging', floor: 1, kind: 'imaging' },
  { name: 'Counseling', floor: 2, kind: 'counseling' }, { name: 'Telehealth', floor: 2, kind: 'telehealth' },
]
