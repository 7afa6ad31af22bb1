/** Input and output functions of types: what casts to and from text call. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const INPUT_OUTPUT: readonly FunctionGroup[] = [
  {
    why: 'Output of base types, text and binary: every value has one.',
    rows: [
      '31 byteaout(bytea)', '33 charout(char)', '35 nameout(name)', '39 int2out(int2)', '41 int2vectorout(int2vector)', '43 int4out(int4)',
      '47 textout(text)', '49 tidout(tid)', '51 xidout(xid)', '53 cidout(cid)', '55 oidvectorout(oidvector)', '110 unknownout(unknown)',
      '118 point_out(point)', '120 lseg_out(lseg)', '122 path_out(path)', '124 box_out(box)', '201 float4out(float4)', '215 float8out(float8)',
      '322 json_out(json)', '324 json_send(json)', '348 poly_out(polygon)', '437 macaddr_out(macaddr)', '461 int8out(int8)', '887 cash_out(money)',
      '911 inet_out(inet)', '1045 bpcharout(bpchar)', '1047 varcharout(varchar)', '1085 date_out(date)', '1144 time_out(time)',
      '1151 timestamptz_out(timestamptz)', '1161 interval_out(interval)', '1243 boolout(bool)', '1313 timestamp_out(timestamp)',
      '1351 timetz_out(timetz)', '1427 cidr_out(cidr)', '1451 circle_out(circle)', '1491 line_out(line)', '1565 bit_out(bit)',
      '1580 varbit_out(varbit)', '1702 numeric_out(numeric)', '1799 oidout(oid)', '2293 cstring_out(cstring)', '2299 void_out(void)',
      '2405 int2send(int2)', '2407 int4send(int4)', '2409 int8send(int8)', '2411 int2vectorsend(int2vector)', '2413 byteasend(bytea)',
      '2417 unknownsend(unknown)', '2419 oidsend(oid)', '2421 oidvectorsend(oidvector)', '2423 namesend(name)', '2425 float4send(float4)',
      '2427 float8send(float8)', '2429 point_send(point)', '2431 bpcharsend(bpchar)', '2433 varcharsend(varchar)', '2435 charsend(char)',
      '2437 boolsend(bool)', '2439 tidsend(tid)', '2441 xidsend(xid)', '2443 cidsend(cid)', '2457 bit_send(bit)', '2459 varbit_send(varbit)',
      '2461 numeric_send(numeric)', '2469 date_send(date)', '2471 time_send(time)', '2473 timetz_send(timetz)', '2475 timestamp_send(timestamp)',
      '2477 timestamptz_send(timestamptz)', '2479 interval_send(interval)', '2481 lseg_send(lseg)', '2483 path_send(path)', '2485 box_send(box)',
      '2487 poly_send(polygon)', '2489 line_send(line)', '2491 circle_send(circle)', '2493 cash_send(money)', '2495 macaddr_send(macaddr)',
      '2497 inet_send(inet)', '2499 cidr_send(cidr)', '2501 cstring_send(cstring)', '2894 xml_out(xml)', '2899 xml_send(xml)',
      '2940 txid_snapshot_out(txid_snapshot)', '2942 txid_snapshot_send(txid_snapshot)', '2953 uuid_out(uuid)', '2962 uuid_send(uuid)',
      '3121 void_send(void)', '3230 pg_lsn_out(pg_lsn)', '3239 pg_lsn_send(pg_lsn)', '3447 macaddr8_send(macaddr8)', '3507 enum_out(anyenum)',
      '3533 enum_send(anyenum)', '3611 tsvectorout(tsvector)', '3613 tsqueryout(tsquery)', '3638 tsvectorsend(tsvector)', '3640 tsquerysend(tsquery)',
      '3647 gtsvectorout(gtsvector)', '3803 jsonb_send(jsonb)', '3804 jsonb_out(jsonb)', '4003 jsonpath_out(jsonpath)',
      '4004 jsonpath_send(jsonpath)', '4111 macaddr8_out(macaddr8)', '5056 pg_snapshot_out(pg_snapshot)', '5058 pg_snapshot_send(pg_snapshot)',
      '5081 xid8out(xid8)', '5083 xid8send(xid8)',
    ],
  },
  {
    why: 'Output of arrays, records, ranges and multiranges: calls the output functions of their parts.',
    typeFunctions: true,
    rows: [
      '751 array_out(anyarray)', '2291 record_out(record)', '2297 anyarray_out(anyarray)', '2401 array_send(anyarray)', '2403 record_send(record)',
      '2503 anyarray_send(anyarray)', '3505 anyenum_out(anyenum)', '3833 anyrange_out(anyrange)', '3835 range_out(anyrange)',
      '3837 range_send(anyrange)', '4227 anycompatiblemultirange_out(anycompatiblemultirange)', '4230 anymultirange_out(anymultirange)',
      '4232 multirange_out(anymultirange)', '4234 multirange_send(anymultirange)', '5089 anycompatiblearray_out(anycompatiblearray)',
      '5091 anycompatiblearray_send(anycompatiblearray)', '5095 anycompatiblerange_out(anycompatiblerange)',
    ],
  },
  {
    why: 'Type modifiers, read when a type is declared and shown when it is printed.',
    rows: [
      '2902 varbittypmodin(cstring[]!)', '2903 intervaltypmodin(cstring[]!)', '2904 intervaltypmodout(int4!)', '2905 timestamptypmodin(cstring[]!)',
      '2906 timestamptypmodout(int4!)', '2907 timestamptztypmodin(cstring[]!)', '2908 timestamptztypmodout(int4!)', '2909 timetypmodin(cstring[]!)',
      '2910 timetypmodout(int4!)', '2911 timetztypmodin(cstring[]!)', '2912 timetztypmodout(int4!)', '2913 bpchartypmodin(cstring[]!)',
      '2914 bpchartypmodout(int4!)', '2915 varchartypmodin(cstring[]!)', '2916 varchartypmodout(int4!)', '2917 numerictypmodin(cstring[]!)',
      '2918 numerictypmodout(int4!)', '2919 bittypmodin(cstring[]!)', '2920 bittypmodout(int4!)', '2921 varbittypmodout(int4!)',
    ],
  },
  {
    why: 'Input that takes every text.',
    rows: [
      '34 namein(cstring)', '46 textin(cstring)', '109 unknownin(cstring)', '1245 charin(cstring)', '2292 cstring_in(cstring)',
    ],
  },
  {
    why: 'Input of text of limited length: every text where the type modifier (argument 2) is -1, as it is in an explicit cast.',
    rows: [
      '1044 bpcharin(cstring~, oid, int4!none)', '1046 varcharin(cstring~, oid, int4!none)',
    ],
  },
  {
    why: 'Input of other base types: fails by the text. (libxml may add a notice.)',
    rows: [
      '38 int2in(cstring!)', '40 int2vectorin(cstring!)', '42 int4in(cstring!)', '48 tidin(cstring!)', '50 xidin(cstring!)', '52 cidin(cstring!)',
      '54 oidvectorin(cstring!)', '117 point_in(cstring!)', '119 lseg_in(cstring!)', '121 path_in(cstring!)', '123 box_in(cstring!)',
      '200 float4in(cstring!)', '214 float8in(cstring!)', '321 json_in(cstring!)', '347 poly_in(cstring!)', '436 macaddr_in(cstring!)',
      '460 int8in(cstring!)', '886 cash_in(cstring!)', '910 inet_in(cstring!)', '1031 aclitemin(cstring!)', '1084 date_in(cstring!)',
      '1143 time_in(cstring!, oid, int4)', '1150 timestamptz_in(cstring!, oid, int4)', '1160 interval_in(cstring!, oid, int4)',
      '1242 boolin(cstring!)', '1244 byteain(cstring!)', '1267 cidr_in(cstring!)', '1312 timestamp_in(cstring!, oid, int4)',
      '1350 timetz_in(cstring!, oid, int4)', '1450 circle_in(cstring!)', '1490 line_in(cstring!)', '1564 bit_in(cstring!, oid, int4)',
      '1579 varbit_in(cstring!, oid, int4)', '1701 numeric_in(cstring!, oid, int4)', '1798 oidin(cstring!)', '2893 xml_in(cstring!)',
      '2939 txid_snapshot_in(cstring!)', '2952 uuid_in(cstring!)', '3229 pg_lsn_in(cstring!)', '3610 tsvectorin(cstring!)',
      '3612 tsqueryin(cstring!)', '3806 jsonb_in(cstring!)', '4001 jsonpath_in(cstring!)', '4110 macaddr8_in(cstring!)',
      '5055 pg_snapshot_in(cstring!)', '5070 xid8in(cstring!)',
    ],
  },
  {
    why: 'Input of enums: looks the label up.',
    reads: 'catalog',
    rows: [
      '3506 enum_in(cstring!, oid)',
    ],
  },
  {
    why: 'Input of arrays, records, ranges, domains: calls the input functions of their parts, and a domain\'s checks.',
    typeFunctions: true,
    rows: [
      '750 array_in(cstring!, oid, int4)', '2290 record_in(cstring!, oid, int4)', '2597 domain_in(cstring!, oid, int4)',
      '3834 range_in(cstring!, oid, int4)', '4231 multirange_in(cstring!, oid, int4)',
    ],
  },
  {
    why: 'Input and conversion of names into object identifiers: look them up in the catalog, and fail when there is no such object. to_reg* give null instead, but a malformed name fails.',
    reads: 'catalog',
    rows: [
      '44 regprocin(cstring!)', '1079 regclass(text!)', '1264 pg_char_to_encoding(name)', '2212 regprocedurein(cstring!)', '2214 regoperin(cstring!)',
      '2216 regoperatorin(cstring!)', '2218 regclassin(cstring!)', '2220 regtypein(cstring!)', '3476 to_regoperator(text!)',
      '3479 to_regprocedure(text!)', '3492 to_regoper(text!)', '3493 to_regtype(text!)', '3494 to_regproc(text!)', '3495 to_regclass(text!)',
      '3736 regconfigin(cstring!)', '3771 regdictionaryin(cstring!)', '4084 regnamespacein(cstring!)', '4086 to_regnamespace(text!)',
      '4093 to_regrole(text!)', '4098 regrolein(cstring!)', '4193 regcollationin(cstring!)', '4195 to_regcollation(text!)',
      '6317 to_regtypemod(text!)',
    ],
  },
  {
    why: 'Output of object identifiers: the name in the catalog, or the number.',
    reads: 'catalog',
    rows: [
      '45 regprocout(regproc)', '1032 aclitemout(aclitem)', '1349 oidvectortypes(oidvector)', '1597 pg_encoding_to_char(int4)',
      '2213 regprocedureout(regprocedure)', '2215 regoperout(regoper)', '2217 regoperatorout(regoperator)', '2219 regclassout(regclass)',
      '2221 regtypeout(regtype)', '2445 regprocsend(regproc)', '2447 regproceduresend(regprocedure)', '2449 regopersend(regoper)',
      '2451 regoperatorsend(regoperator)', '2453 regclasssend(regclass)', '2455 regtypesend(regtype)', '3737 regconfigout(regconfig)',
      '3739 regconfigsend(regconfig)', '3772 regdictionaryout(regdictionary)', '3774 regdictionarysend(regdictionary)',
      '4085 regnamespaceout(regnamespace)', '4088 regnamespacesend(regnamespace)', '4092 regroleout(regrole)', '4095 regrolesend(regrole)',
      '4194 regcollationout(regcollation)', '4197 regcollationsend(regcollation)',
    ],
  },
]
