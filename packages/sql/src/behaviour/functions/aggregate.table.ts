/** Aggregates and window functions. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const AGGREGATE: readonly FunctionGroup[] = [
  {
    why: 'Counts of rows and of non-null values.',
    result: 'counted',
    rows: [
      '2147 count(any)', '2803 count()', '2818 regr_count(float8, float8)',
    ],
  },
  {
    why: 'One of the values, by their order (any_value: the first that comes).',
    result: 'chosen',
    rows: [
      '2115 max(int8)', '2116 max(int4)', '2117 max(int2)', '2118 max(oid)', '2119 max(float4)', '2120 max(float8)', '2122 max(date)',
      '2123 max(time)', '2124 max(timetz)', '2125 max(money)', '2126 max(timestamp)', '2127 max(timestamptz)', '2128 max(interval)', '2129 max(text)',
      '2130 max(numeric)', '2131 min(int8)', '2132 min(int4)', '2133 min(int2)', '2134 min(oid)', '2135 min(float4)', '2136 min(float8)',
      '2138 min(date)', '2139 min(time)', '2140 min(timetz)', '2141 min(money)', '2142 min(timestamp)', '2143 min(timestamptz)', '2144 min(interval)',
      '2145 min(text)', '2146 min(numeric)', '2244 max(bpchar)', '2245 min(bpchar)', '2797 max(tid)', '2798 min(tid)', '3526 max(anyenum)',
      '3527 min(anyenum)', '3564 max(inet)', '3565 min(inet)', '4189 max(pg_lsn)', '4190 min(pg_lsn)', '5099 max(xid8)', '5100 min(xid8)',
      '6291 any_value(anyelement)', '6395 max(bytea)', '6396 min(bytea)',
    ],
  },
  {
    why: 'Truth values and bits combined.',
    rows: [
      '2236 bit_and(int2)', '2237 bit_or(int2)', '2238 bit_and(int4)', '2239 bit_or(int4)', '2240 bit_and(int8)', '2241 bit_or(int8)',
      '2517 bool_and(bool)', '2518 bool_or(bool)', '2519 every(bool)', '6164 bit_xor(int2)', '6165 bit_xor(int4)', '6166 bit_xor(int8)',
    ],
  },
  {
    why: 'One of the values, by the comparison of the element or attribute types.',
    result: 'chosen',
    typeFunctions: true,
    rows: [
      '2050 max(anyarray)', '2051 min(anyarray)', '6373 max(record)', '6374 min(record)',
    ],
  },
  {
    why: 'One of the values in order: a fraction outside 0 to 1 fails.',
    result: 'chosen',
    typeFunctions: true,
    rows: [
      '3972 percentile_disc(float8!, anyelement)',
    ],
  },
  {
    why: 'The most frequent value.',
    result: 'chosen',
    typeFunctions: true,
    rows: [
      '3984 mode(anyelement)',
    ],
  },
  {
    why: 'Sums and moments of integers: kept in a type that 2^31 rows do not fill.',
    rows: [
      '2100 avg(int8)', '2101 avg(int4)', '2102 avg(int2)', '2104 avg(float4)', '2107 sum(int8)', '2108 sum(int4)', '2109 sum(int2)',
      '2148 variance(int8)', '2149 variance(int4)', '2150 variance(int2)', '2151 variance(float4)', '2154 stddev(int8)', '2155 stddev(int4)',
      '2156 stddev(int2)', '2157 stddev(float4)', '2641 var_samp(int8)', '2642 var_samp(int4)', '2643 var_samp(int2)', '2644 var_samp(float4)',
      '2712 stddev_samp(int8)', '2713 stddev_samp(int4)', '2714 stddev_samp(int2)', '2715 stddev_samp(float4)', '2718 var_pop(int8)',
      '2719 var_pop(int4)', '2720 var_pop(int2)', '2721 var_pop(float4)', '2724 stddev_pop(int8)', '2725 stddev_pop(int4)', '2726 stddev_pop(int2)',
      '2727 stddev_pop(float4)',
    ],
  },
  {
    why: 'Sums and moments that leave their type when a value near its end is among them.',
    rows: [
      '2103 avg(numeric!)', '2105 avg(float8!)', '2106 avg(interval!)', '2110 sum(float4!)', '2111 sum(float8!)', '2112 sum(money!)',
      '2113 sum(interval!)', '2114 sum(numeric!)', '2152 variance(float8!)', '2153 variance(numeric!)', '2158 stddev(float8!)',
      '2159 stddev(numeric!)', '2645 var_samp(float8!)', '2646 var_samp(numeric!)', '2716 stddev_samp(float8!)', '2717 stddev_samp(numeric!)',
      '2722 var_pop(float8!)', '2723 var_pop(numeric!)', '2728 stddev_pop(float8!)', '2729 stddev_pop(numeric!)', '2819 regr_sxx(float8!, float8!)',
      '2820 regr_syy(float8!, float8!)', '2821 regr_sxy(float8!, float8!)', '2822 regr_avgx(float8!, float8!)', '2823 regr_avgy(float8!, float8!)',
      '2824 regr_r2(float8!, float8!)', '2825 regr_slope(float8!, float8!)', '2826 regr_intercept(float8!, float8!)',
      '2827 covar_pop(float8!, float8!)', '2828 covar_samp(float8!, float8!)', '2829 corr(float8!, float8!)',
    ],
  },
  {
    why: 'Bits of strings of unequal length fail.',
    rows: [
      '2242 bit_and(bit!)', '2243 bit_or(bit!)', '6167 bit_xor(bit!)',
    ],
  },
  {
    why: 'Values put together: nothing fails below 1 GB.',
    rows: [
      '2335 array_agg(anynonarray)', '3538 string_agg(text, text)', '3545 string_agg(bytea, bytea)',
    ],
  },
  {
    why: 'Arrays put together: of equal dimensions, none null.',
    rows: [
      '4053 array_agg(anyarray!)',
    ],
  },
  {
    why: 'Values into JSON: calls output functions and casts to json of their types; json into jsonb is read again, which can fail.',
    typeFunctions: true,
    rows: [
      '3175 json_agg(anyelement)', '3267 jsonb_agg(anyelement)', '6276 json_agg_strict(anyelement)', '6284 jsonb_agg_strict(anyelement)',
    ],
  },
  {
    why: 'Objects of keys and values: a null key fails, and a second equal one where they must be unique.',
    typeFunctions: true,
    rows: [
      '3197 json_object_agg(any!, any)', '3270 jsonb_object_agg(any!, any)', '6280 json_object_agg_strict(any!, any)',
      '6281 json_object_agg_unique(any!, any)', '6282 json_object_agg_unique_strict(any!, any)', '6288 jsonb_object_agg_strict(any!, any)',
      '6289 jsonb_object_agg_unique(any!, any)', '6290 jsonb_object_agg_unique_strict(any!, any)',
    ],
  },
  {
    why: 'Interpolated percentiles: the fraction must be 0 to 1; intervals may leave their type.',
    typeFunctions: true,
    rows: [
      '3974 percentile_cont(float8!, float8)', '3976 percentile_cont(float8!, interval!)', '3978 percentile_disc(float8[]!, anyelement)',
      '3980 percentile_cont(float8[]!, float8)', '3982 percentile_cont(float8[]!, interval!)',
    ],
  },
  {
    why: 'The rank that a hypothetical row would have: shows how many values are below the one given.',
    typeFunctions: true,
    rows: [
      '3986 rank(VARIADIC any)', '3988 percent_rank(VARIADIC any)', '3990 cume_dist(VARIADIC any)', '3992 dense_rank(VARIADIC any)',
    ],
  },
  {
    why: 'XML put together.',
    rows: [
      '2901 xmlagg(xml!)',
    ],
  },
  {
    why: 'Ranges put together or intersected: call the comparison of the bound type.',
    typeFunctions: true,
    rows: [
      '4301 range_agg(anyrange)', '4389 range_intersect_agg(anymultirange)', '4450 range_intersect_agg(anyrange)', '6227 range_agg(anymultirange)',
    ],
  },
  {
    why: 'Position of a row in its window: decided by the order alone.',
    rows: [
      '3100 row_number()', '3101 rank()', '3102 dense_rank()', '3103 percent_rank()', '3104 cume_dist()', '3105 ntile(int4!positive)',
    ],
  },
  {
    why: 'The value of another row of the window, unchanged (or the default given); the order decides which.',
    result: 'chosen',
    rows: [
      '3106 lag(anyelement)', '3107 lag(anyelement, int4)', '3108 lag(anycompatible, int4, anycompatible)', '3109 lead(anyelement)',
      '3110 lead(anyelement, int4)', '3111 lead(anycompatible, int4, anycompatible)', '3112 first_value(anyelement)', '3113 last_value(anyelement)',
      '3114 nth_value(anyelement, int4!positive)',
    ],
  },
]
