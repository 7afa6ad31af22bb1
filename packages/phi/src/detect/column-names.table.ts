/**
 * What names of columns say about their content. Patterns match the name in lower case with words joined by `_` (`DateOfBirth`, `date-of-birth`
 * and `DATE_OF_BIRTH` are `date_of_birth`); `word(...)` means whole words. Rows are tried in order and the first match decides, so the
 * narrow ones come first. Made from the vocabulary of common clinical schemas (OMOP, MIMIC, Synthea, LibreHealth, FHIR-derived tables).
 */
import type { PhiClass } from '@doorward/core'

/** `text`: only columns of a textual type. `long-text`: of one without a length. `any`: the type says nothing about it. */
export type TypeCondition = 'any' | 'text' | 'long-text'

export interface NameRule {
  readonly phiClass: PhiClass
  readonly pattern: RegExp
  readonly when: TypeCondition
}

const word = (words: string): RegExp => new RegExp(`(?:^|_)(?:${words})(?:_|$)`)
const whole = (words: string): RegExp => new RegExp(`^(?:${words})$`)
const rule = (phiClass: PhiClass, pattern: RegExp, when: TypeCondition = 'any'): NameRule => ({ phiClass, pattern, when })

/** Names that speak about a value rather than hold one: codes, flags, settings, quantities. They get no suggestion. */
export const ABOUT_A_VALUE: readonly RegExp[] = [
  /_(?:concept_id|type|types|status|flag|format|qual|qualifier|tz|count|cnt|seq|version|mimetype|size|length|unit|units|uom|method|mode|class|category)\d?$/,
  /^(?:is|has|allow|send|use|num|enable|show)_/,
  /(?:^|_)(?:hipaa|salt|hash|checksum|md5|pwd|password|config|encrypted|state|country|qty|quantity)(?:_|$)/,
  /_(?:id_type|code_type|type_code|code_short|sender|gateway)$/,
  /(?:^|_)code_?text(?:_short)?$/, // the words of a code, the same for everybody
  /(?<!location|person|family)_source_value$/, // OMOP: the code that a source used
]

/** Dates of things rather than of people: releases, validity of codes, expiry of stock, housekeeping. */
export const DATE_OF_A_THING = /(?:^|_)(?:valid|release|expir\w*|expiry|revision|notify|metadata|destroy|last_update|updated|version|vis|pwd|cohort_initiation|effective)(?:_|$)|expirationdate/

/** Tables about codes, settings, staff and organisations: what they hold is rarely about a patient, so names there are no evidence. */
export const NOT_ABOUT_PATIENTS = word(
  'facility|facilities|users?|staff|employees?|providers?|caregivers?|care_site|pharmacies|pharmacy_directory|insurance_companies|organi[sz]ations?|address_book|addresses|phone_numbers|session_info' +
  '|concepts?|concept_\\w+|vocabulary|codes?|icd\\d+_\\w+|drugs|drug_inventory|drug_strength|layout_options|list_options|globals|settings?|registry|categories|warehouse|partners' +
  '|gateway_details|metadata|cdm_source|source_to_concept_map|cohort_definition|report_results|lookups?|migrations?|schema_\\w+|rooms|users_secure',
)

/** Specially protected content. Asked first: `hiv_status` and `pregnancy_flag` are values, whatever their last word says. */
export const SENSITIVE_RULES: readonly NameRule[] = [
  rule('hiv', word('hiv\\w*|aids|cd4|viral_load')),
  rule('part2', word('substance_(?:use|abuse)\\w*|sud_\\w+|methadone|detox\\w*|drug_screen\\w*|alcohol_(?:use|treatment)\\w*')),
  rule('psychotherapy', word('psychotherapy\\w*|therapy_notes?|session_notes?')),
  rule('mental-health', word('psych|psychiatr\\w*|mental_health\\w*|phq\\d*|gad\\d*|suicid\\w*')),
  rule('reproductive', word('pregnan\\w*|gravid\\w*|abortion\\w*|contracepti\\w*|lmp|last_menstrual\\w*|fertility\\w*|ivf')),
  rule('genetic', word('genetic\\w*|genom\\w*|genotype|brca\\d?|variant|dna|karyotype')),
]

export const NAME_RULES: readonly NameRule[] = [
  rule('ssn', word('ss|ssn|ssn\\d|soc_?sec\\w*|social_security\\w*|social_security_(?:no|num|number)')),
  rule('mrn', word('mrn\\w*|medical_record\\w*|medical_rec_\\w+|chart_(?:no|num|number)|pubpid|person_source_value|patient_(?:no|num|number|identifier|mrn)|hospital_(?:no|num|number)|uhid|emr_(?:id|no|number)')),
  rule('email', /(?:^|_)(?:e_?mail|cont_?e_?mail|email\w*|\w*contemail)(?:_(?:address|addr|direct|home|work|\d))?$/),
  rule('fax', word('fax\\w*|facsimile')),
  rule('phone', word('phone\\w*|telephone\\w*|tel|mobile|mobile_no|cell|cell_?phone|\\w*conttel|home_?phone|work_?phone|pager|msisdn')),
  rule('zip', word('zip|zip\\d|zip_?code|postal|postal_?code|post_?code|zip_plus_4|plus_four')),
  rule('ip', word('ip|ips|ip_?addr\\w*|\\w*ipaddr|remote_addr|client_addr|client_ip|ipv4|ipv6')),
  rule('device', word('unique_device_id|device_(?:id|serial\\w*|identifier)|serial|serial_?(?:no|num|number)|udi|production_id|imei|imsi|mac_addr\\w*|implant_(?:id|serial)')),
  rule('vehicle', word('vin|vehicle\\w*|licen[cs]e_plate|plate|plate_(?:no|number)|registration_plate')),
  rule('license', word('drivers|drivers?_licen[cs]e\\w*|licen[cs]e_(?:no|num|number|id)|dl_(?:no|number)|certificate_(?:no|num|number)|dea_(?:no|number)')),
  rule('health-plan', word('policy_(?:no|num|number)|member_(?:id|no|num|number)|subscriber_(?:id|no|num|number)|beneficiary\\w*|medicare_(?:id|no|number)|medicaid_(?:id|no|number)|mbi|hicn?|insurance_(?:no|num|number)|group_(?:no|num|number)|family_source_value|nhs_(?:no|number)|plan_member\\w*')),
  rule('account', word('acct\\w*|account_(?:no|num|number)|iban|bank_account\\w*|card_(?:no|num|number)|credit_card\\w*|cc_number|invoice_(?:no|num|number|ref\\w*)|routing_(?:no|number)')),
  rule('biometric', word('signature|sig_image|\\w*_signature|fingerprint\\w*|finger_print|voice_?print|retina_?scan|iris_scan|biometric\\w*|face_(?:id|template)')),
  rule('photo', word('photo\\w*|picture\\w*|portrait|headshot|avatar|mugshot|selfie|face_image')),
  rule('url', word('url|urls|uri|website|web_?site|homepage|web_address')),
  rule('other-id', word('passport\\w*|national_id\\w*|user_?name|login_?name|portal_username|portal_login|\\w*guid|claim_(?:no|num|number)|original_reference|prior_auth\\w*|icn\\w*|control_(?:id|no|num|number)|specimen_(?:num|no|number|source_id)|accession\\w*|tax_id|encounter_(?:no|number)|visit_(?:no|num|number)|case_(?:no|number)|reference_(?:no|num|number)|barcode_id|donor_id|study_id')),
  rule('address', word('addr|addr\\d|address\\w*|street\\w*|city\\d?|town|county|suburb|village|district|parish|neighbou?rhood|borough|birth_?place|place_of_birth|lat|latitude|lon|lng|longitude|geo\\w*|gps|fips|location_source_value|residence|domicile|apt|apartment|po_box|house_(?:no|number)|line_?[12]')),
  rule('free-text', whole('history_(?:mother|father|siblings|offspring|spouse)'), 'text'),
  rule('name', whole('name|first|last|middle|maiden|given|guardian|mothers?|fathers?')),
  rule('name', word('fname|lname|mname|surname|sur_name|forename|alias_name|initials|\\w*(?:first|last|middle|maiden|given|family|full|legal|preferred|patient|guardian|guardians|mother|mothers|father|fathers|spouse|partner|subscriber|recipient|sender|contact|guarantor|kin|nick|sur|birth)_?name\\w*|pc_contname|\\w+_(?:fname|lname|mname)|subscriber_employer|employer|employer_name|signator|signing_person|contact_relationship|emergency_contact|next_of_kin|nok|mothers_maiden\\w*')),
  rule('date', word('dob|dod|\\w*_dob|birth_?date\\w*|birth_?day|date_of_birth|date_of_death|death_?(?:date|time)|deceased_date|month_of_birth|day_of_birth|born_on|died_on|admit_?(?:date|time)|admission_date|disch\\w*_?(?:date|time)|discharge_date|service_date|visit_date|dos|onset_date|collected_(?:at|on|date)|appointment_date')),
  rule('free-text', whole('plan|reason|subject|data|text|content|answer|extra_?info|patient_info|field_value|value_as_string|subjective|objective|assessment'), 'text'),
  rule('free-text', whole('description'), 'long-text'),
  rule('free-text', word('notes?|comments?|narrative|body|message|memo|remarks?|dictation|snippet|full_document|free_?text|additional_\\w+|instructions?|chief_?complaint|clinical_hx|hpi|hometext|transcript|letter|(?:msg|message|note|report)_text|dld_content|(?:denial|cancel|deceased|visit)_reason|amendment_desc|(?:msg|mail)_subject|\\w+_data'), 'text'),
  rule('clinical', word('diagnos[ie]s\\w*|dx\\w*|icd\\w*|cpt\\w*|snomed\\w*|loinc\\w*|medications?|medicine|drug\\w*|dose|dosage|rx\\w*|allerg\\w*|lab_\\w+|result|results|result_value|valuenum|value_as_number|bmi|bps|bpd|sbp|dbp|heart_?rate|resp_?rate|o2_?sat|temperature|weight\\w*|height\\w*|vitals?|procedure\\w*|immuni[sz]ation\\w*|vaccin\\w*|symptoms?|condition\\w*|severity|reaction\\w*|blood_type|pain|pulse|respiration|oxygen_\\w+')),
]
