/**
 * ZIP code prefixes that may not be shown: 45 CFR 164.514(b)(2)(i)(B) allows the first three digits only where all ZIP codes that begin
 * with them together hold more than 20,000 people "according to the current publicly available data from the Bureau of the Census".
 *
 * Sources: 2020 census, ZIP Code Tabulation Areas (18 prefixes, the same as in 2010); the 17 prefixes of the 2000 census in the guidance
 * of the HHS Office for Civil Rights, "Guidance Regarding Methods for De-identification of Protected Health Information" (2012), which
 * is what auditors still hold in their hands. Prefixes of neither list but without any population are listed separately.
 */

/** 2010 and 2020 census. */
export const RESTRICTED_2020: readonly string[] = [
  '036', '059', '102', '202', '203', '204', '205', '369', '556', '692', '753', '772', '821', '823', '878', '879', '884', '893',
]

/** 2000 census, HHS guidance of 2012. */
export const RESTRICTED_2000: readonly string[] = [
  '036', '059', '063', '102', '203', '556', '692', '790', '821', '823', '830', '831', '878', '879', '884', '890', '893',
]

/** Inclusive ranges without residents in the census: not assigned by the Postal Service, one employer's (005), or military mail. */
export const UNPOPULATED: readonly (readonly [from: string, to: string, why: string])[] = [
  ['000', '004', 'not assigned'],
  ['005', '005', 'Holtsville NY, a single employer'],
  ['090', '099', 'military mail, Europe'],
  ['213', '213', 'not assigned'],
  ['269', '269', 'not assigned'],
  ['340', '340', 'military mail, Americas'],
  ['343', '343', 'not assigned'],
  ['345', '345', 'not assigned'],
  ['348', '348', 'not assigned'],
  ['353', '353', 'not assigned'],
  ['419', '419', 'not assigned'],
  ['428', '429', 'not assigned'],
  ['517', '519', 'not assigned'],
  ['529', '529', 'not assigned'],
  ['533', '533', 'not assigned'],
  ['536', '536', 'not assigned'],
  ['552', '552', 'not assigned'],
  ['568', '568', 'not assigned'],
  ['578', '579', 'not assigned'],
  ['589', '589', 'not assigned'],
  ['621', '621', 'not assigned'],
  ['632', '632', 'not assigned'],
  ['642', '643', 'not assigned'],
  ['659', '659', 'not assigned'],
  ['663', '663', 'not assigned'],
  ['682', '682', 'not assigned'],
  ['694', '699', 'not assigned'],
  ['702', '702', 'not assigned'],
  ['709', '709', 'not assigned'],
  ['715', '715', 'not assigned'],
  ['732', '732', 'not assigned'],
  ['742', '742', 'not assigned'],
  ['771', '771', 'not assigned'],
  ['817', '819', 'not assigned'],
  ['839', '839', 'not assigned'],
  ['848', '849', 'not assigned'],
  ['854', '854', 'not assigned'],
  ['858', '858', 'not assigned'],
  ['861', '862', 'not assigned'],
  ['866', '869', 'not assigned'],
  ['872', '872', 'not assigned'],
  ['876', '876', 'not assigned'],
  ['886', '888', 'not assigned'],
  ['892', '892', 'not assigned'],
  ['896', '896', 'not assigned'],
  ['899', '899', 'not assigned'],
  ['909', '909', 'not assigned'],
  ['929', '929', 'not assigned'],
  ['962', '966', 'military mail, Pacific'],
  ['987', '987', 'not assigned'],
]
