/** A statement that no machine finishes while a test waits for something: a row now and then, each longer than what a server keeps back. */

/** 20^6 rows, some of them a millisecond or more apart: 17 hours where each takes one. */
export const ENDLESS = "select a.id, repeat('x', 9000), (select count(*) from clinic.rooms c, clinic.rooms d, clinic.rooms e, clinic.rooms h where c.id + a.id > 0) from clinic.rooms a, clinic.rooms f, clinic.rooms g, clinic.rooms i, clinic.rooms j, clinic.rooms k"
