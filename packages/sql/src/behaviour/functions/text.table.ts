/** Text, bytes and bit strings: slices, patterns, encodings. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const TEXT: readonly FunctionGroup[] = [
  {
    why: 'Text to text or to a number of characters: every valid text has a result. Case mapping and length follow the collation and the encoding, which were checked on input.',
    rows: [
      '266 nameconcatoid(name, oid)', '376 string_to_array(text, text, text)', '394 string_to_array(text, text)', '401 text(bpchar)',
      '408 bpchar(name)', '849 position(text, text)', '860 bpchar(char)', '868 strpos(text, text)', '870 lower(text)', '871 upper(text)',
      '872 initcap(text)', '875 ltrim(text, text)', '876 rtrim(text, text)', '878 translate(text, text, text)', '881 ltrim(text)', '882 rtrim(text)',
      '883 substr(text, int4)', '884 btrim(text, text)', '885 btrim(text)', '937 substring(text, int4)', '944 char(text)', '946 text(char)',
      '1257 textlen(text)', '1258 textcat(text, text)', '1282 quote_ident(text)', '1283 quote_literal(text)', '1289 quote_nullable(text)',
      '1317 length(text)', '1318 length(bpchar)', '1367 character_length(bpchar)', '1369 character_length(text)', '1372 char_length(bpchar)',
      '1374 octet_length(text)', '1375 octet_length(bpchar)', '1381 char_length(text)', '1811 bit_length(text)', '2415 textsend(text)',
      '2971 text(bool)', '3060 left(text, int4)', '3061 right(text, int4)', '3062 reverse(text)', '6105 unicode_assigned(text)',
      '6412 casefold(text)',
    ],
  },
  {
    why: 'Text followed by any value: calls the output function of the value\'s type.',
    typeFunctions: true,
    rows: [
      '1285 quote_literal(anyelement)', '1290 quote_nullable(anyelement)', '2003 textanycat(text, anynonarray)', '2004 anytextcat(anynonarray, text)',
      '3058 concat(VARIADIC any)', '3059 concat_ws(text, VARIADIC any)',
    ],
  },
  {
    why: 'A slice: only a negative length fails.',
    rows: [
      '877 substr(text, int4, int4!not-negative)', '936 substring(text, int4, int4!not-negative)', '2088 split_part(text, text, int4!nonzero)',
    ],
  },
  {
    why: 'Overlay: position below 1 fails, and position plus length beyond the integers; without a length, the length of the new text is added.',
    rows: [
      '1404 overlay(text, text, int4!position, int4!length)', '1405 overlay(text, text~, int4!position)',
    ],
  },
  {
    why: 'The result grows with the number given, so the number decides whether it fits.',
    rows: [
      '873 lpad(text, int4^, text~)', '874 rpad(text, int4^, text~)', '879 lpad(text, int4^)', '880 rpad(text, int4^)', '1622 repeat(text~, int4^)',
    ],
  },
  {
    why: 'Each occurrence is replaced, so the replacement decides the size.',
    rows: [
      '2087 replace(text~, text~, text^)',
    ],
  },
  {
    why: 'A code point: in multi-byte encodings other than UTF8 a character above 127 fails.',
    rows: [
      '1620 ascii(text!)',
    ],
  },
  {
    why: 'Conversions between encodings: not every character has a counterpart. Into UTF8 every one has.',
    rows: [
      '1717 convert_to(text~, name!utf8)',
    ],
  },
  {
    why: 'Bytes read in an encoding, text read as escapes or as an identifier: invalid for some values.',
    rows: [
      '1268 parse_ident(text!, bool)', '1713 length(bytea!, name!)', '1714 convert_from(bytea!, name!)', '1813 convert(bytea!, name!, name!)',
      '1845 to_ascii(text!)', '1846 to_ascii(text!, int4!)', '1847 to_ascii(text!, name!)', '6198 unistr(text!)',
    ],
  },
  {
    why: 'Unicode normal forms: an unknown form\'s name fails (and any encoding but UTF8, whatever the values).',
    rows: [
      '4350 normalize(text, text!normal-form)', '4351 is_normalized(text, text!normal-form)',
    ],
  },
  {
    why: 'LIKE: a pattern that ends in its escape character fails only when the text matches up to there, so with such a pattern the text decides.',
    rows: [
      '850 textlike(text~, text!like-pattern)', '851 textnlike(text~, text!like-pattern)', '858 namelike(name~, text!like-pattern)',
      '859 namenlike(name~, text!like-pattern)', '1569 like(text~, text!like-pattern)', '1570 notlike(text~, text!like-pattern)',
      '1571 like(name~, text!like-pattern)', '1572 notlike(name~, text!like-pattern)', '1631 bpcharlike(bpchar~, text!like-pattern)',
      '1632 bpcharnlike(bpchar~, text!like-pattern)', '1633 texticlike(text~, text!like-pattern)', '1634 texticnlike(text~, text!like-pattern)',
      '1635 nameiclike(name~, text!like-pattern)', '1636 nameicnlike(name~, text!like-pattern)', '1660 bpchariclike(bpchar~, text!like-pattern)',
      '1661 bpcharicnlike(bpchar~, text!like-pattern)', '2005 bytealike(bytea~, bytea!like-pattern)', '2006 byteanlike(bytea~, bytea!like-pattern)',
      '2007 like(bytea~, bytea!like-pattern)', '2008 notlike(bytea~, bytea!like-pattern)',
    ],
  },
  {
    why: 'Rewrites a LIKE or SIMILAR TO pattern: an escape that is no single character fails, and a bad pattern.',
    rows: [
      '1623 similar_escape(text!, text!)', '1637 like_escape(text, text!)', '1986 similar_to_escape(text!, text!)', '1987 similar_to_escape(text!)',
      '2009 like_escape(bytea, bytea!)',
    ],
  },
  {
    why: 'Regular expression match: compiled before it is applied, so only the pattern (and flags) can fail.',
    rows: [
      '79 nameregexeq(name, text!regex)', '1238 texticregexeq(text, text!regex)', '1239 texticregexne(text, text!regex)',
      '1240 nameicregexeq(name, text!regex)', '1241 nameicregexne(name, text!regex)', '1252 nameregexne(name, text!regex)',
      '1254 textregexeq(text, text!regex)', '1256 textregexne(text, text!regex)', '1656 bpcharicregexeq(bpchar, text!regex)',
      '1657 bpcharicregexne(bpchar, text!regex)', '1658 bpcharregexeq(bpchar, text!regex)', '1659 bpcharregexne(bpchar, text!regex)',
      '2073 substring(text, text!regex)', '2074 substring(text!, text!, text!)', '2767 regexp_split_to_array(text, text!regex)',
      '2768 regexp_split_to_array(text, text!regex, text!regex-flags)', '3396 regexp_match(text, text!regex)',
      '3397 regexp_match(text, text!regex, text!regex-flags)', '6254 regexp_count(text, text!regex)',
      '6255 regexp_count(text, text!regex, int4!positive)', '6256 regexp_count(text, text!regex, int4!positive, text!regex-flags)',
      '6257 regexp_instr(text, text!regex)', '6258 regexp_instr(text, text!regex, int4!positive)',
      '6259 regexp_instr(text, text!regex, int4!positive, int4!positive)', '6260 regexp_instr(text, text!regex, int4!positive, int4!positive, int4!)',
      '6261 regexp_instr(text, text!regex, int4!positive, int4!positive, int4!, text!regex-flags)',
      '6262 regexp_instr(text, text!regex, int4!positive, int4!positive, int4!, text!regex-flags, int4!not-negative)',
      '6263 regexp_like(text, text!regex)', '6264 regexp_like(text, text!regex, text!regex-flags)', '6265 regexp_substr(text, text!regex)',
      '6266 regexp_substr(text, text!regex, int4!positive)', '6267 regexp_substr(text, text!regex, int4!positive, int4!positive)',
      '6268 regexp_substr(text, text!regex, int4!positive, int4!positive, text!regex-flags)',
      '6269 regexp_substr(text, text!regex, int4!positive, int4!positive, text!regex-flags, int4!not-negative)',
    ],
  },
  {
    why: 'Regular expression replacement: as a match, and the replacement decides the size.',
    rows: [
      '2284 regexp_replace(text~, text!regex, text^)', '2285 regexp_replace(text~, text!regex, text^, text!regex-flags-global)',
      '6251 regexp_replace(text~, text!regex, text^, int4!positive, int4!not-negative, text!regex-flags)',
      '6252 regexp_replace(text~, text!regex, text^, int4!positive, int4!not-negative)',
      '6253 regexp_replace(text~, text!regex, text^, int4!positive)',
    ],
  },
  {
    why: 'Regular expression match, one row per match or piece.',
    rowsByValue: true,
    rows: [
      '2763 regexp_matches(text, text!regex)', '2764 regexp_matches(text, text!regex, text!regex-flags-global)',
      '2765 regexp_split_to_table(text, text!regex)', '2766 regexp_split_to_table(text, text!regex, text!regex-flags)',
    ],
  },
  {
    why: 'One row per piece.',
    rowsByValue: true,
    rows: [
      '6160 string_to_table(text, text)', '6161 string_to_table(text, text, text)',
    ],
  },
  {
    why: 'Format: the format decides whether it fails; with %I a null fails, with %* a number is a width. A constant format of %s, %L and %% only does not depend on the rest.',
    typeFunctions: true,
    rows: [
      '3539 format(text!format, VARIADIC any~)', '3540 format(text!)',
    ],
  },
  {
    why: 'Length coercion: truncates when the cast is explicit, otherwise a longer text fails; char(n) and bit(n) pad.',
    rows: [
      '668 bpchar(bpchar~, int4^, bool!true)', '669 varchar(varchar~, int4~, bool!true)', '1685 bit(bit~, int4^, bool!true)',
      '1687 varbit(varbit~, int4~, bool!true)',
    ],
  },
  {
    why: 'Bytes: every value has a result.',
    rows: [
      '720 octet_length(bytea)', '1810 bit_length(bytea)', '2010 length(bytea)', '2011 byteacat(bytea, bytea)', '2013 substring(bytea, int4)',
      '2014 position(bytea, bytea)', '2015 btrim(bytea, bytea)', '2086 substr(bytea, int4)', '6195 ltrim(bytea, bytea)', '6196 rtrim(bytea, bytea)',
      '6382 reverse(bytea)',
    ],
  },
  {
    why: 'Bytes: a slice of negative length, an offset outside the value, a digit that is none.',
    rows: [
      '721 get_byte(bytea!, int4!)', '722 set_byte(bytea!, int4!, int4!)', '723 get_bit(bytea!, int8!)', '724 set_bit(bytea!, int8!, int4!)',
      '749 overlay(bytea, bytea, int4!position, int4!length)', '752 overlay(bytea, bytea~, int4!position)', '1946 encode(bytea, text!encode-format)',
      '1947 decode(text!, text!)', '2012 substring(bytea, int4, int4!not-negative)', '2085 substr(bytea, int4, int4!not-negative)',
    ],
  },
  {
    why: 'Bit strings: every value has a result.',
    rows: [
      '1676 bitnot(bit)', '1677 bitshiftleft(bit, int4)', '1678 bitshiftright(bit, int4)', '1679 bitcat(varbit, varbit)', '1681 length(bit)',
      '1682 octet_length(bit)', '1683 bit(int4, int4)', '1698 position(bit, bit)', '1699 substring(bit, int4)', '1812 bit_length(bit)',
      '2075 bit(int8, int4)',
    ],
  },
  {
    why: 'Bit strings: of unequal length, too long for an integer, an offset outside.',
    rows: [
      '1673 bitand(bit!, bit!)', '1674 bitor(bit!, bit!)', '1675 bitxor(bit!, bit!)', '1680 substring(bit, int4, int4!not-negative)',
      '1684 int4(bit!)', '2076 int8(bit!)', '3030 overlay(bit, bit, int4!position, int4!length)', '3031 overlay(bit, bit~, int4!position)',
      '3032 get_bit(bit!, int4!)', '3033 set_bit(bit!, int4!, int4!)',
    ],
  },
  {
    why: 'Random or fixed text and versions of the server\'s libraries: no argument.',
    rows: [
      '3432 gen_random_uuid()', '4549 unicode_version()', '6099 icu_unicode_version()', '6428 uuidv4()', '6429 uuidv7()',
    ],
  },
  {
    why: 'A time-ordered uuid, shifted: out of range by the value.',
    rows: [
      '6430 uuidv7(interval!)',
    ],
  },
]
