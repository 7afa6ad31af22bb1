/** Dates, times, intervals: fields, arithmetic, time zones, formats, and the clock. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const DATE: readonly FunctionGroup[] = [
  {
    why: 'Date and time into a lesser part, into text, or a test: every value has a result (infinities give infinity or null).',
    rows: [
      '1178 date(timestamptz)', '1271 overlaps(timetz, timetz, timetz, timetz)', '1304 overlaps(timestamptz, timestamptz, timestamptz, timestamptz)',
      '1308 overlaps(time, time, time, time)', '1316 time(timestamp)', '1373 isfinite(date)', '1388 timetz(timestamptz)',
      '1389 isfinite(timestamptz)', '1390 isfinite(interval)', '1690 time_mi_time(time, time)', '1770 to_char(timestamptz, text)',
      '1961 timestamp(timestamp, int4!)', '1967 timestamptz(timestamptz, int4!)', '1968 time(time, int4)', '1969 timetz(timetz, int4)',
      '2019 time(timestamptz)', '2029 date(timestamp)', '2041 overlaps(timestamp, timestamp, timestamp, timestamp)', '2046 time(timetz)',
      '2047 timetz(time)', '2048 isfinite(timestamp)', '2049 to_char(timestamp, text)', '3922 int4range_subdiff(int4, int4)',
      '3923 int8range_subdiff(int8, int8)', '3925 daterange_subdiff(date, date)', '3929 tsrange_subdiff(timestamp, timestamp)',
      '3930 tstzrange_subdiff(timestamptz, timestamptz)',
    ],
  },
  {
    why: 'Date and time into one another where the target reaches less far (year 294276): not from a column as stored in any sane database, but an expression could be steered there.',
    rows: [
      '1174 timestamptz(date!stored)', '2024 timestamp(date!stored)', '2027 timestamp(timestamptz!stored)', '2028 timestamptz(timestamp!stored)',
      '6334 timezone(timestamptz!stored)', '6335 timezone(timestamp!stored)', '6336 timezone(timetz)',
    ],
  },
  {
    why: 'Date and time put together: out of range by the values of both.',
    rows: [
      '1158 to_timestamp(float8!)', '1176 timestamptz(date!, time!)', '1272 datetime_pl(date!, time!)', '1296 timedate_pl(time!, date!)',
      '1297 datetimetz_pl(date!, timetz!)', '1298 timetzdate_pl(timetz!, date!)', '1359 timestamptz(date!, timetz!)', '2025 timestamp(date!, time!)',
      '3461 make_timestamp(int4!, int4!, int4!, int4!, int4!, float8!)', '3462 make_timestamptz(int4!, int4!, int4!, int4!, int4!, float8!)',
      '3463 make_timestamptz(int4!, int4!, int4!, int4!, int4!, float8!, text!)',
      '3464 make_interval(int4!, int4!, int4!, int4!, int4!, int4!, float8!)', '3846 make_date(int4!, int4!, int4!)',
      '3847 make_time(int4!, int4!, float8!)',
    ],
  },
  {
    why: 'A field of a date or time: the name of the field decides. Constants that name a field of that type always work.',
    rows: [
      '1171 date_part(text!timestamp-field, timestamptz)', '1172 date_part(text!interval-field, interval)', '1273 date_part(text!time-field, timetz)',
      '1384 date_part(text!date-field, date!stored)', '1385 date_part(text!time-field, time)', '2021 date_part(text!timestamp-field, timestamp)',
      '6199 extract(text!date-field, date)', '6200 extract(text!time-field, time)', '6201 extract(text!time-field, timetz)',
      '6202 extract(text!timestamp-field, timestamp)', '6203 extract(text!timestamp-field, timestamptz)',
      '6204 extract(text!interval-field, interval)',
    ],
  },
  {
    why: 'Truncation: the name of the field decides; the first years of the type cannot be truncated. An infinite interval has no finite parts.',
    rows: [
      '1217 date_trunc(text!trunc-field, timestamptz!stored)', '1218 date_trunc(text!interval-trunc-field, interval!stored)',
      '1284 date_trunc(text!trunc-field, timestamptz!stored, text!time-zone)', '2020 date_trunc(text!trunc-field, timestamp!stored)',
    ],
  },
  {
    why: 'Arithmetic: out of range by the values, infinities that cancel out, a stride of nothing.',
    rows: [
      '1140 date_mi(date!, date!)', '1141 date_pli(date!, int4!)', '1142 date_mii(date!, int4!)', '1168 interval_um(interval!)',
      '1169 interval_pl(interval!, interval!)', '1170 interval_mi(interval!, interval!)', '1175 justify_hours(interval!)',
      '1188 timestamptz_mi(timestamptz!, timestamptz!)', '1189 timestamptz_pl_interval(timestamptz!, interval!)',
      '1190 timestamptz_mi_interval(timestamptz!, interval!)', '1199 age(timestamptz!, timestamptz!)', '1200 interval(interval!stored, int4!)',
      '1295 justify_days(interval!)', '1305 overlaps(timestamptz!, interval!, timestamptz!, interval!)',
      '1306 overlaps(timestamptz!, timestamptz!, timestamptz!, interval!)', '1307 overlaps(timestamptz!, interval!, timestamptz!, timestamptz!)',
      '1309 overlaps(time!, interval!, time!, interval!)', '1310 overlaps(time!, time!, time!, interval!)',
      '1311 overlaps(time!, interval!, time!, time!)', '1326 interval_div(interval!, float8!)', '1386 age(timestamptz!)',
      '1618 interval_mul(interval!, float8!)', '1624 mul_d_interval(float8!, interval!)', '2031 timestamp_mi(timestamp!, timestamp!)',
      '2032 timestamp_pl_interval(timestamp!, interval!)', '2033 timestamp_mi_interval(timestamp!, interval!)',
      '2042 overlaps(timestamp!, interval!, timestamp!, interval!)', '2043 overlaps(timestamp!, timestamp!, timestamp!, interval!)',
      '2044 overlaps(timestamp!, interval!, timestamp!, timestamp!)', '2058 age(timestamp!, timestamp!)', '2059 age(timestamp!)',
      '2071 date_pl_interval(date!, interval!)', '2072 date_mi_interval(date!, interval!)', '2546 interval_pl_date(interval!, date!)',
      '2548 interval_pl_timestamp(interval!, timestamp!)', '2549 interval_pl_timestamptz(interval!, timestamptz!)',
      '2550 integer_pl_date(int4!, date!)', '2711 justify_interval(interval!)', '6177 date_bin(interval!, timestamp!, timestamp!)',
      '6178 date_bin(interval!, timestamptz!, timestamptz!)', '6221 date_add(timestamptz!, interval!)',
      '6222 date_add(timestamptz!, interval!, text!)', '6223 date_subtract(timestamptz!, interval!)',
      '6273 date_subtract(timestamptz!, interval!, text!)',
    ],
  },
  {
    why: 'Time of day plus interval wraps around; only an infinite interval (17 on) fails.',
    rows: [
      '1419 time(interval!)', '1747 time_pl_interval(time, interval!)', '1748 time_mi_interval(time, interval!)',
      '1749 timetz_pl_interval(timetz, interval!)', '1750 timetz_mi_interval(timetz, interval!)', '1848 interval_pl_time(interval!, time)',
      '2547 interval_pl_timetz(interval!, timetz)',
    ],
  },
  {
    why: 'Time zones: the name decides, and the shift may leave the type.',
    rows: [
      '1026 timezone(interval!, timestamptz!)', '1159 timezone(text!time-zone, timestamptz!stored)', '2037 timezone(text!time-zone, timetz)',
      '2038 timezone(interval!, timetz!)', '2069 timezone(text!time-zone, timestamp!stored)', '2070 timezone(interval!, timestamp!)',
    ],
  },
  {
    why: 'Numbers and intervals by a format: the format decides whether it is one; with V or an exponent the number too.',
    rows: [
      '1768 to_char(interval, text!)', '1772 to_char(numeric!stored, text!number-format)', '1773 to_char(int4~, text!number-format)',
      '1774 to_char(int8~, text!number-format)', '1775 to_char(float4~, text!number-format)', '1776 to_char(float8~, text!number-format)',
    ],
  },
  {
    why: 'Text read by a format: fails by the text.',
    rows: [
      '1777 to_number(text!, text!)', '1778 to_timestamp(text!, text!)', '1780 to_date(text!, text!)',
    ],
  },
  {
    why: 'The clock and the transaction\'s times: no argument.',
    rows: [
      '274 timeofday()', '1299 now()', '2647 transaction_timestamp()', '2648 statement_timestamp()', '2649 clock_timestamp()',
    ],
  },
  {
    why: 'Sleeps. Time is a channel that no mask covers: what decides how long is treated like what decides an error.',
    rows: [
      '2626 pg_sleep(float8!)', '3935 pg_sleep_for(interval!)', '3936 pg_sleep_until(timestamptz!)',
    ],
  },
]
