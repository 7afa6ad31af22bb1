/**
 * The safeguards that evidence can be asked for, 45 CFR part 164. Titles are those of the regulation; everything else is ours: what a check of it looks
 * for, what of that this product can show, and how to hold it against the log. It supports these safeguards; it makes nobody compliant.
 */
import type { Control } from './control.ts'
import { approvals, continuity, coverage, exceptionsRegister, heldBack, integrity, policyVersions, retention, reviews } from './items-audit.ts'
import { bulk, changes, disclosures, keys, masking, minimumNecessary, payloadIntegrity } from './items-data.ts'
import { recordings } from './items-recordings.ts'
import { authentication, breakGlass, effectiveAccess, incidents, inventory, loginMonitoring, logoff, terminations, transmission, uniqueIdentities } from './items-people.ts'

const PROVE = 'Take any entry number from a table and check its proof with the verifier in this folder.'

export const CONTROLS: readonly Control[] = [
  {
    id: '312(a)(1)', cite: '45 CFR 164.312(a)(1)', title: 'Access control',
    asks: 'That only those people and programs reach patient data who were given the right to, that rights were approved, and that they ended when they should have.',
    elsewhere: 'Who was hired, moved and left, and who signed for their rights: hold those lists against the tables here.',
    checks: ['Pick people from the personnel list and find them, or their absence, in E-AC-3.', 'For somebody who left, look for a session after the day they left.', 'Send a statement that no policy allows and find the refusal in E-AC-6 of the next package.', PROVE],
    items: [effectiveAccess, approvals, inventory, terminations, heldBack, policyVersions],
  },
  {
    id: '312(a)(2)(i)', cite: '45 CFR 164.312(a)(2)(i)', title: 'Unique user identification',
    asks: 'That what was done can be traced to one person or program, and not to an account that several use.',
    elsewhere: 'That the identity provider gives each person one account.',
    checks: ['Sample sessions: each names one issuer and one subject.', 'Look for one identity from many addresses at once.', PROVE],
    items: [uniqueIdentities, inventory, loginMonitoring],
  },
  {
    id: '312(a)(2)(ii)', cite: '45 CFR 164.312(a)(2)(ii)', title: 'Emergency access procedure',
    asks: 'That patient data can be had in an emergency, that only those entitled can start it, and that it is looked at afterwards.',
    elsewhere: 'The procedure, and drills.',
    checks: ['Compare the procedure with what is configured.', 'State the purpose BTG as somebody who may not: it is refused.', 'Ask who looked at each statement of E-BG-1.', PROVE],
    items: [breakGlass, approvals],
  },
  {
    id: '312(a)(2)(iii)', cite: '45 CFR 164.312(a)(2)(iii)', title: 'Automatic logoff',
    asks: 'That a session nobody uses ends by itself after a set time.',
    elsewhere: 'Screen locks of work stations.',
    checks: ['Leave a session idle for longer than the limit; it ends, and E-LO-1 of the next package counts it.', PROVE],
    items: [logoff],
  },
  {
    id: '312(a)(2)(iv)', cite: '45 CFR 164.312(a)(2)(iv)', title: 'Encryption and decryption',
    asks: 'How stored patient data is encrypted, who has the keys, and who can change them.',
    elsewhere: 'Encryption of the disks of the protected systems and of the gateway.',
    checks: ['Compare the key id in E-AU-3 with the key that you were given.', PROVE],
    items: [keys, recordings, integrity, exceptionsRegister],
  },
  {
    id: '312(b)', cite: '45 CFR 164.312(b)', title: 'Audit controls',
    asks: 'Which systems are recorded and how, that recording did not stop, that what was recorded is still what it was, and that somebody looks at it.',
    elsewhere: 'Who reviews the log, and systems that are not behind the gateway.',
    checks: ['Run the verifier over the log itself: node doorward-verify.mjs LOG --key log.vkey.', 'Ask for the proof of ten entries of your choice: doorward prove NUMBER LOG.', 'Explain every line in capitals in E-AU-2.', PROVE],
    items: [coverage, continuity, integrity, policyVersions, reviews, exceptionsRegister],
  },
  {
    id: '308(a)(1)(ii)(D)', cite: '45 CFR 164.308(a)(1)(ii)(D)', title: 'Information system activity review',
    asks: 'That records of activity are looked at regularly, by whom, and what came of it.',
    elsewhere: 'The reviews themselves.',
    checks: ['For each review, compare the period it covered with the entries here.', PROVE],
    items: [reviews, coverage, incidents, heldBack, bulk],
  },
  {
    id: '308(a)(3)', cite: '45 CFR 164.308(a)(3)', title: 'Workforce security',
    asks: 'That people have the access their work needs, that others have none, and that it ends with the work.',
    elsewhere: 'Clearance and termination procedures, and the personnel list.',
    checks: ['Compare groups in E-AC-3 with job descriptions.', 'For those who left, see E-AC-5 and look for later sessions.', PROVE],
    items: [effectiveAccess, inventory, terminations, minimumNecessary],
  },
  {
    id: '308(a)(4)', cite: '45 CFR 164.308(a)(4)', title: 'Information access management',
    asks: 'How access is authorised, set up and changed.',
    elsewhere: 'Who decides on policies, and how changes to them are reviewed.',
    checks: ['Compare each policy version in E-DO-1 with the change that was approved.', PROVE],
    items: [effectiveAccess, approvals, policyVersions, minimumNecessary],
  },
  {
    id: '308(a)(5)(ii)(C)', cite: '45 CFR 164.308(a)(5)(ii)(C)', title: 'Log-in monitoring',
    asks: 'That attempts to log in are watched, and failures noticed.',
    elsewhere: 'What the identity provider records, and who looks at it.',
    checks: ['Log in with a wrong secret a few times; find it in E-LI-1 of the next package.', PROVE],
    items: [loginMonitoring, authentication, incidents],
  },
  {
    id: '308(a)(6)(ii)', cite: '45 CFR 164.308(a)(6)(ii)', title: 'Response and reporting',
    asks: 'That incidents are noticed, answered and written down.',
    elsewhere: 'How each incident was handled, and its outcome.',
    checks: ['For each incident you know of, find its entries here.', PROVE],
    items: [incidents, terminations, continuity],
  },
  {
    id: '312(c)(1)', cite: '45 CFR 164.312(c)(1)', title: 'Integrity',
    asks: 'That patient data is not changed or destroyed by those who may not, and that it would be noticed.',
    elsewhere: 'Changes made in the protected system past the gateway, and backups.',
    checks: ['Pick changes from E-IG-1 and ask those who made them.', 'Try to drop a table; find the refusal.', PROVE],
    items: [changes, heldBack, integrity],
  },
  {
    id: '312(c)(2)', cite: '45 CFR 164.312(c)(2)', title: 'Mechanism to authenticate electronic protected health information',
    asks: 'An electronic means to tell that patient data was not changed without authority.',
    elsewhere: 'Checks inside the protected system.',
    checks: ['Take an answer that somebody kept, hash it, and compare with the digest in its outcome.', PROVE],
    items: [payloadIntegrity, integrity],
  },
  {
    id: '312(d)', cite: '45 CFR 164.312(d)', title: 'Person or entity authentication',
    asks: 'That whoever seeks access, person or program, proves to be the one claimed.',
    elsewhere: 'How the identity provider proves people, and hands out accounts.',
    checks: ['Where more than one factor is required, look for sessions without it in E-AN-1.', PROVE],
    items: [authentication, inventory, loginMonitoring],
  },
  {
    id: '312(e)(1)', cite: '45 CFR 164.312(e)(1)', title: 'Transmission security',
    asks: 'That patient data on a network cannot be read by others.',
    elsewhere: 'Networks past the gateway.',
    checks: ['Capture the traffic of a session and see that it cannot be read.', 'Compare with E-TX-1.', PROVE],
    items: [transmission, exceptionsRegister],
  },
  {
    id: '312(e)(2)(i)', cite: '45 CFR 164.312(e)(2)(i)', title: 'Integrity controls',
    asks: 'That a change of patient data on its way would be noticed.',
    elsewhere: 'Networks past the gateway.',
    checks: ['See in E-TX-1 that every cipher authenticates (GCM, CCM, POLY1305).', PROVE],
    items: [transmission, payloadIntegrity],
  },
  {
    id: '312(e)(2)(ii)', cite: '45 CFR 164.312(e)(2)(ii)', title: 'Encryption',
    asks: 'That patient data is encrypted on its way where that is appropriate.',
    elsewhere: 'Networks past the gateway.',
    checks: ['Try to connect without TLS; the gateway ends the connection.', PROVE],
    items: [transmission, exceptionsRegister],
  },
  {
    id: '316(b)', cite: '45 CFR 164.316(b)', title: 'Documentation',
    asks: 'That policies and records are written down, kept for six years, and to be had by those who need them.',
    elsewhere: 'Where the log\'s folder is kept, for how long, and who can get at it.',
    checks: ['Ask for the oldest entry and its proof.', 'Ask for the policy texts of a day in the past and compare their version.', PROVE],
    items: [policyVersions, retention, recordings, integrity],
  },
  {
    id: '314(a)(2)(i)(C)', cite: '45 CFR 164.314(a)(2)(i)(C)', title: 'Report of security incidents by a business associate',
    asks: 'That a business associate tells of incidents in time.',
    elsewhere: 'The contract, and when it was told.',
    checks: ['Compare the times here with those of the notices.', PROVE],
    items: [incidents, terminations],
  },
  {
    id: '502(b)', cite: '45 CFR 164.502(b), 164.514(d)', title: 'Minimum necessary',
    asks: 'That people see what their purpose needs and not more, and that requests for whole records are looked at.',
    elsewhere: 'What each role needs.',
    checks: ['For each role, compare the classes in clear in E-MN-1 with what its work needs.', 'Ask for the reason of answers in E-MN-2.', PROVE],
    items: [minimumNecessary, bulk, effectiveAccess],
  },
  {
    id: '514(b)', cite: '45 CFR 164.514(b)', title: 'De-identification',
    asks: 'That what is called de-identified lacks the identifiers the rule lists, or was determined to by an expert.',
    elsewhere: 'Any expert determination. This product masks; it calls nothing de-identified.',
    checks: ['Compare the masks with the list of identifiers.', 'Query as a masked caller and look at what comes back.', PROVE],
    items: [masking, minimumNecessary],
  },
  {
    id: '528', cite: '45 CFR 164.528', title: 'Accounting of disclosures',
    asks: 'For one patient, on request: when, to whom, what and why, for six years.',
    elsewhere: 'Disclosures that did not pass the gateway, and which of the accesses here count as disclosures.',
    checks: ['Make the accounting of one patient: doorward report patient. It has the four parts, each with a proof.', PROVE],
    items: [disclosures, retention],
  },
  {
    id: '402', cite: '45 CFR 164.402, 164.414(b)', title: 'Breach: assessment and burden of proof',
    asks: 'For weighing a breach: what data, of whom, who had it, whether it was really seen, and what was done.',
    elsewhere: 'The assessment itself, and the notices.',
    checks: ['For one principal: doorward report breach. Compute its sums again from the entries.', PROVE],
    items: [minimumNecessary, bulk, disclosures, recordings, incidents],
  },
  {
    id: '306(d)(3)', cite: '45 CFR 164.306(d)(3)', title: 'Addressable specifications',
    asks: 'For each protection that is not there: why not, and what is there instead.',
    elsewhere: 'The assessment behind each rationale.',
    checks: ['Every line of E-AD-1 has a rationale, a person and a day that has not passed.', PROVE],
    items: [exceptionsRegister],
  },
]
