/**
 * Names and places that synthetic people are made of. Given and family names are common ones, put together at random; towns and
 * streets are invented. ZIP codes have prefixes that exist, so that a mask treats them as real ones: one of a prefix with fewer than
 * 20,000 people gives the `zip3` mask a case for its `000` (45 CFR 164.514(b)(2)(i)(B)).
 */

export const FEMALE_NAMES: readonly string[] = [
  'Abigail', 'Adriana', 'Agnes', 'Alice', 'Amara', 'Amelia', 'Anika', 'Anna', 'Beatrice', 'Bernice', 'Camille', 'Carmen', 'Cecilia',
  'Charlotte', 'Claire', 'Daniela', 'Deborah', 'Dolores', 'Edith', 'Eleanor', 'Elena', 'Emma', 'Esther', 'Fatima', 'Florence', 'Frances',
  'Gloria', 'Grace', 'Hannah', 'Harriet', 'Helen', 'Imani', 'Ingrid', 'Irene', 'Isabel', 'Jasmine', 'Joan', 'Josephine', 'Julia', 'Karen',
  'Keiko', 'Laila', 'Leah', 'Lucia', 'Mabel', 'Margaret', 'Maria', 'Mei', 'Miriam', 'Nadia', 'Naomi', 'Nora', 'Olivia', 'Patricia', 'Paula',
  'Priya', 'Rosa', 'Ruth', 'Samira', 'Sofia', 'Sylvia', 'Teresa', 'Thuy', 'Ursula', 'Valerie', 'Vera', 'Wanda', 'Yolanda', 'Yvonne', 'Zoe',
]

export const MALE_NAMES: readonly string[] = [
  'Aaron', 'Abdul', 'Adam', 'Albert', 'Andre', 'Anton', 'Arthur', 'Benjamin', 'Bernard', 'Boris', 'Calvin', 'Carlos', 'Cedric', 'Chen',
  'Clarence', 'Daniel', 'Darius', 'David', 'Dmitri', 'Edgar', 'Elias', 'Emil', 'Ernest', 'Felix', 'Francis', 'George', 'Gilbert', 'Hector',
  'Henry', 'Hugo', 'Ibrahim', 'Isaac', 'Ivan', 'Jamal', 'James', 'Joaquin', 'Jonas', 'Joseph', 'Julian', 'Kenji', 'Kwame', 'Leonard',
  'Louis', 'Luis', 'Malik', 'Marcus', 'Martin', 'Mateo', 'Max', 'Milan', 'Nathan', 'Noah', 'Oliver', 'Omar', 'Oscar', 'Otto', 'Pablo', 'Peter',
  'Quentin', 'Rafael', 'Raj', 'Robert', 'Samuel', 'Simon', 'Stefan', 'Theodore', 'Thomas', 'Victor', 'Walter', 'Yusuf',
]

export const FAMILY_NAMES: readonly string[] = [
  'Abernathy', 'Achebe', 'Adeyemi', 'Alvarez', 'Anand', 'Archer', 'Ashworth', 'Baptiste', 'Barlow', 'Becker', 'Bellamy', 'Bianchi', 'Blackwood',
  'Bosch', 'Bradford', 'Brandt', 'Calloway', 'Castillo', 'Chandra', 'Chowdhury', 'Clement', 'Cordero', 'Crane', 'Dahl', 'Dalton', 'Delgado',
  'Desai', 'Diallo', 'Dobson', 'Drummond', 'Duarte', 'Eastman', 'Eklund', 'Ellison', 'Espinoza', 'Fairbanks', 'Farrell', 'Ferreira', 'Fielding',
  'Fontaine', 'Forsberg', 'Galloway', 'Gaspard', 'Goldberg', 'Greer', 'Grimaldi', 'Gustafson', 'Haddad', 'Hale', 'Hargrove', 'Hashimoto', 'Hawkins',
  'Hendricks', 'Holloway', 'Huang', 'Ibarra', 'Ingram', 'Iwu', 'Jansen', 'Jaramillo', 'Kapoor', 'Keller', 'Kendrick', 'Kim', 'Kowalski', 'Krause',
  'Lachance', 'Langley', 'Larkin', 'Lindqvist', 'Lockhart', 'Lowell', 'Lozano', 'Mackey', 'Maddox', 'Marchetti', 'Mbeki', 'McAllister', 'Mendoza',
  'Merritt', 'Moreau', 'Nakamura', 'Navarro', 'Nguyen', 'Nkemelu', 'Novak', 'Oakes', 'Ochoa', 'Okafor', 'Olsen', 'Osborne', 'Osei', 'Pacheco',
  'Paley', 'Papadakis', 'Pereira', 'Petrov', 'Pham', 'Pickett', 'Quigley', 'Quintero', 'Ramsey', 'Reyes', 'Rinaldi', 'Rosenthal', 'Rowe', 'Sahin',
  'Salazar', 'Sandoval', 'Schaefer', 'Serrano', 'Shah', 'Sinclair', 'Sorensen', 'Stroud', 'Takahashi', 'Tanner', 'Thorne', 'Toussaint', 'Tran',
  'Underwood', 'Vance', 'Vasquez', 'Villanueva', 'Volkov', 'Wakefield', 'Walsh', 'Weaver', 'Whitlock', 'Wójcik', 'Xiong', 'Yamamoto', 'Yates',
  'Zamora', 'Ziegler',
]

/** Not real places. `weight`: how many of the clinic's patients live there. */
export const TOWNS: readonly { readonly name: string; readonly zips: readonly string[]; readonly weight: number }[] = [
  { name: 'Millbrook Falls', zips: ['50797', '50798', '50799'], weight: 30 },
  { name: 'Easthollow', zips: ['51597', '51598'], weight: 20 },
  { name: 'Port Calder', zips: ['52896', '52897', '52898'], weight: 18 },
  { name: 'Wrenfield', zips: ['51594'], weight: 10 },
  { name: 'Saint Osmund', zips: ['51595'], weight: 7 },
  { name: 'Lower Tamsin', zips: ['50796'], weight: 5 },
  { name: 'Grayling Cross', zips: ['52899'], weight: 4 },
  { name: 'Pinder Lake', zips: ['58597'], weight: 3 },
  { name: 'Hobb Station', zips: ['58598'], weight: 2 },
  { name: 'Norwick Gap', zips: ['03699'], weight: 1 },
]

export const STREETS: readonly string[] = [
  'Alder Street', 'Ashcombe Road', 'Barley Lane', 'Beacon Avenue', 'Birchwood Drive', 'Canal Street', 'Cedar Court', 'Chapel Hill Road', 'Cooper Street',
  'Copperfield Way', 'Dunmore Avenue', 'Elmhurst Road', 'Fallow Lane', 'Ferry Street', 'Foxglove Drive', 'Garnet Street', 'Glenview Terrace',
  'Harbor Street', 'Hawthorn Lane', 'Juniper Court', 'Kestrel Way', 'Larch Avenue', 'Linden Street', 'Maple Ridge Road', 'Meadow Lane', 'Old Quarry Road',
  'Orchard Street', 'Parsons Lane', 'Quail Run', 'Riverbend Drive', 'Rosewood Court', 'Saddle Road', 'Sawmill Road', 'Spruce Street', 'Stonebridge Avenue',
  'Sycamore Street', 'Thistle Lane', 'Tolland Street', 'Union Street', 'Vine Street', 'Walnut Street', 'Willow Bend',
]

/** Numbers 555-0100 to 555-0199 are kept for fiction in every area code. */
export const AREA_CODES: readonly string[] = ['219', '308', '406', '507', '605', '701', '712', '785', '806', '814', '906', '928']

/** Domains that RFC 2606 keeps for examples. */
export const MAIL_DOMAINS: readonly string[] = ['example.com', 'example.net', 'example.org', 'mail.example']
