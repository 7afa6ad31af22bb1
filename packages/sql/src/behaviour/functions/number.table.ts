/** Integers, floats, numerics, money: arithmetic, rounding, narrowing. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const NUMBER: readonly FunctionGroup[] = [
  {
    why: 'Integer addition, subtraction and multiplication: out of range by the values of both.',
    rows: [
      '141 int4mul(int4!, int4!)', '152 int2mul(int2!, int2!)', '170 int24mul(int2!, int4!)', '171 int42mul(int4!, int2!)',
      '176 int2pl(int2!, int2!)', '177 int4pl(int4!, int4!)', '178 int24pl(int2!, int4!)', '179 int42pl(int4!, int2!)', '180 int2mi(int2!, int2!)',
      '181 int4mi(int4!, int4!)', '182 int24mi(int2!, int4!)', '183 int42mi(int4!, int2!)', '463 int8pl(int8!, int8!)', '464 int8mi(int8!, int8!)',
      '465 int8mul(int8!, int8!)', '766 int4inc(int4!)', '837 int82pl(int8!, int2!)', '838 int82mi(int8!, int2!)', '839 int82mul(int8!, int2!)',
      '841 int28pl(int2!, int8!)', '942 int28mi(int2!, int8!)', '943 int28mul(int2!, int8!)', '1219 int8inc(int8!)', '1274 int84pl(int8!, int4!)',
      '1275 int84mi(int8!, int4!)', '1276 int84mul(int8!, int4!)', '1278 int48pl(int4!, int8!)', '1279 int48mi(int4!, int8!)',
      '1280 int48mul(int4!, int8!)', '1840 int2_sum(int8!, int2!)', '1841 int4_sum(int8!, int4!)', '2804 int8inc_any(int8!, any)',
      '2805 int8inc_float8_float8(int8!, float8, float8)', '3546 int8dec(int8!)', '3547 int8dec_any(int8!, any)',
    ],
  },
  {
    why: 'Integer division: by zero, and the smallest integer by -1. With another constant divisor nothing fails.',
    rows: [
      '153 int2div(int2~, int2!divisor)', '154 int4div(int4~, int4!divisor)', '173 int42div(int4~, int2!divisor)', '466 int8div(int8~, int8!divisor)',
      '840 int82div(int8~, int2!divisor)', '1277 int84div(int8~, int4!divisor)',
    ],
  },
  {
    why: 'Integer division into a wider type cannot overflow, and the remainder by -1 is computed without the division: only the divisor can be zero.',
    rows: [
      '155 int2mod(int2, int2!nonzero)', '156 int4mod(int4, int4!nonzero)', '172 int24div(int2, int4!nonzero)', '940 mod(int2, int2!nonzero)',
      '941 mod(int4, int4!nonzero)', '945 int8mod(int8, int8!nonzero)', '947 mod(int8, int8!nonzero)', '948 int28div(int2, int8!nonzero)',
      '1281 int48div(int4, int8!nonzero)',
    ],
  },
  {
    why: 'Sign of an integer: only the smallest integer has no counterpart. Not from a column as stored in any sane database, but an expression could be steered there.',
    rows: [
      '212 int4um(int4!stored)', '213 int2um(int2!stored)', '462 int8um(int8!stored)', '1230 int8abs(int8!stored)', '1251 int4abs(int4!stored)',
      '1253 int2abs(int2!stored)', '1396 abs(int8!stored)', '1397 abs(int4!stored)', '1398 abs(int2!stored)',
    ],
  },
  {
    why: 'Bits, signs, and conversions into a wider type or into text: every value has a result.',
    rows: [
      '77 int4(char)', '206 float4um(float4)', '207 float4abs(float4)', '220 float8um(float8)', '221 float8abs(float8)', '228 dround(float8)',
      '229 dtrunc(float8)', '231 dcbrt(float8)', '1342 round(float8)', '1343 trunc(float8)', '1345 cbrt(float8)', '1394 abs(float4)',
      '1395 abs(float8)', '1602 atan(float8)', '1603 atan2(float8, float8)', '1610 pi()', '1704 numeric_abs(numeric)', '1705 abs(numeric)',
      '1706 sign(numeric)', '1709 trunc(numeric, int4)', '1710 trunc(numeric)', '1771 numeric_uminus(numeric)', '1892 int2and(int2, int2)',
      '1893 int2or(int2, int2)', '1894 int2xor(int2, int2)', '1895 int2not(int2)', '1896 int2shl(int2, int4)', '1897 int2shr(int2, int4)',
      '1898 int4and(int4, int4)', '1899 int4or(int4, int4)', '1900 int4xor(int4, int4)', '1901 int4not(int4)', '1902 int4shl(int4, int4)',
      '1903 int4shr(int4, int4)', '1904 int8and(int8, int8)', '1905 int8or(int8, int8)', '1906 int8xor(int8, int8)', '1907 int8not(int8)',
      '1908 int8shl(int8, int4)', '1909 int8shr(int8, int4)', '1910 int8up(int8)', '1911 int2up(int2)', '1912 int4up(int4)', '1913 float4up(float4)',
      '1914 float8up(float8)', '1915 numeric_uplus(numeric)', '2089 to_hex(int4)', '2090 to_hex(int8)', '2288 pg_size_pretty(int8)',
      '2308 ceil(float8)', '2309 floor(float8)', '2310 sign(float8)', '2320 ceiling(float8)', '2462 sinh(float8)', '2464 tanh(float8)',
      '2465 asinh(float8)', '2733 atand(float8)', '2734 atan2d(float8, float8)', '3281 scale(numeric)', '5042 min_scale(numeric)',
      '5043 trim_scale(numeric)', '5048 gcd(numeric, numeric)', '6162 bit_count(bit)', '6163 bit_count(bytea)', '6219 erf(float8)',
      '6220 erfc(float8)', '6330 to_bin(int4)', '6331 to_bin(int8)', '6332 to_oct(int4)', '6333 to_oct(int8)',
    ],
  },
  {
    why: 'Greatest common divisor and least common multiple: out of range by the values of both.',
    rows: [
      '5044 gcd(int4!, int4!)', '5045 gcd(int8!, int8!)', '5046 lcm(int4!, int4!)', '5047 lcm(int8!, int8!)', '5049 lcm(numeric!, numeric!)',
    ],
  },
  {
    why: 'Narrowing: out of range by the value.',
    rows: [
      '78 char(int4!)', '237 int2(float8!)', '238 int2(float4!)', '314 int2(int4!)', '317 int4(float8!)', '319 int4(float4!)', '480 int4(int8!)',
      '483 int8(float8!)', '653 int8(float4!)', '714 int2(int8!)', '1287 oid(int8!)', '1621 chr(int4!)', '1703 numeric(numeric!, int4!)',
      '1744 int4(numeric!)', '1779 int8(numeric!)', '1783 int2(numeric!)', '3166 pg_size_pretty(numeric!)', '3334 pg_size_bytes(text!)',
      '6370 int2(bytea!)', '6371 int4(bytea!)', '6372 int8(bytea!)',
    ],
  },
  {
    why: 'Numeric to float and to a rounder number: fails only far beyond what is stored (10^38, 10^308, 10^131072), but an expression could be steered there.',
    rows: [
      '312 float4(float8!stored)', '1707 round(numeric!stored, int4!not-negative)', '1708 round(numeric!stored)', '1711 ceil(numeric!stored)',
      '1712 floor(numeric!stored)', '1745 float4(numeric!stored)', '1746 float8(numeric!stored)', '2167 ceiling(numeric!stored)',
    ],
  },
  {
    why: 'Floating point arithmetic: overflow, underflow and division by zero by the values of both.',
    rows: [
      '202 float4mul(float4!, float4!)', '203 float4div(float4!, float4!)', '204 float4pl(float4!, float4!)', '205 float4mi(float4!, float4!)',
      '216 float8mul(float8!, float8!)', '217 float8div(float8!, float8!)', '218 float8pl(float8!, float8!)', '219 float8mi(float8!, float8!)',
      '230 dsqrt(float8!)', '232 dpow(float8!, float8!)', '233 dexp(float8!)', '234 dlog1(float8!)', '279 float48mul(float4!, float8!)',
      '280 float48div(float4!, float8!)', '281 float48pl(float4!, float8!)', '282 float48mi(float4!, float8!)', '283 float84mul(float8!, float4!)',
      '284 float84div(float8!, float4!)', '285 float84pl(float8!, float4!)', '286 float84mi(float8!, float4!)',
      '320 width_bucket(float8!, float8!, float8!, int4!)', '1194 log10(float8!)', '1339 dlog10(float8!)', '1340 log(float8!)', '1341 ln(float8!)',
      '1344 sqrt(float8!)', '1346 pow(float8!, float8!)', '1347 exp(float8!)', '1368 power(float8!, float8!)', '1600 asin(float8!)',
      '1601 acos(float8!)', '1604 sin(float8!)', '1605 cos(float8!)', '1606 tan(float8!)', '1607 cot(float8!)', '1608 degrees(float8!)',
      '1609 radians(float8!)', '2170 width_bucket(numeric!, numeric!, numeric!, int4!)', '2463 cosh(float8!)', '2466 acosh(float8!)',
      '2467 atanh(float8!)', '2731 asind(float8!)', '2732 acosd(float8!)', '2735 sind(float8!)', '2736 cosd(float8!)', '2737 tand(float8!)',
      '2738 cotd(float8!)', '6383 gamma(float8!)', '6384 lgamma(float8!)',
    ],
  },
  {
    why: 'Numeric arithmetic: division by zero, and overflow of the format, which a constant near its end brings within reach of any value.',
    rows: [
      '1376 factorial(int8!)', '1481 log10(numeric!)', '1724 numeric_add(numeric!, numeric!)', '1725 numeric_sub(numeric!, numeric!)',
      '1726 numeric_mul(numeric!, numeric!)', '1727 numeric_div(numeric!, numeric!)', '1730 sqrt(numeric!)', '1731 numeric_sqrt(numeric!)',
      '1732 exp(numeric!)', '1733 numeric_exp(numeric!)', '1734 ln(numeric!)', '1735 numeric_ln(numeric!)', '1736 log(numeric!, numeric!)',
      '1737 numeric_log(numeric!, numeric!)', '1738 pow(numeric!, numeric!)', '1739 numeric_power(numeric!, numeric!)', '1741 log(numeric!)',
      '1764 numeric_inc(numeric!)', '1842 int8_sum(numeric!, int8!)', '1973 div(numeric!, numeric!)', '1980 numeric_div_trunc(numeric!, numeric!)',
      '2169 power(numeric!, numeric!)',
    ],
  },
  {
    why: 'Numeric remainder: smaller than the divisor, so only zero fails.',
    rows: [
      '1728 mod(numeric, numeric!)', '1729 numeric_mod(numeric, numeric!)',
    ],
  },
  {
    why: 'Position among thresholds: a broken array of thresholds fails; compares with the function of the type.',
    typeFunctions: true,
    rows: [
      '3218 width_bucket(anycompatible, anycompatiblearray!)',
    ],
  },
  {
    why: 'Transition and final functions of aggregates, as user-defined aggregates may name them: check their state array and overflow.',
    rows: [
      '208 float4_accum(float8[]!, float4!)', '222 float8_accum(float8[]!, float8!)', '276 float8_combine(float8[]!, float8[]!)',
      '1830 float8_avg(float8[]!)', '1831 float8_var_samp(float8[]!)', '1832 float8_stddev_samp(float8[]!)', '1962 int2_avg_accum(int8[]!, int2!)',
      '1963 int4_avg_accum(int8[]!, int4!)', '1964 int8_avg(int8[]!)', '2512 float8_var_pop(float8[]!)', '2513 float8_stddev_pop(float8[]!)',
      '2806 float8_regr_accum(float8[]!, float8!, float8!)', '2807 float8_regr_sxx(float8[]!)', '2808 float8_regr_syy(float8[]!)',
      '2809 float8_regr_sxy(float8[]!)', '2810 float8_regr_avgx(float8[]!)', '2811 float8_regr_avgy(float8[]!)', '2812 float8_regr_r2(float8[]!)',
      '2813 float8_regr_slope(float8[]!)', '2814 float8_regr_intercept(float8[]!)', '2815 float8_covar_pop(float8[]!)',
      '2816 float8_covar_samp(float8[]!)', '2817 float8_corr(float8[]!)', '3324 int4_avg_combine(int8[]!, int8[]!)',
      '3342 float8_regr_combine(float8[]!, float8[]!)', '3570 int2_avg_accum_inv(int8[]!, int2!)', '3571 int4_avg_accum_inv(int8[]!, int4!)',
      '3572 int2int4_sum(int8[]!)',
    ],
  },
  {
    why: 'Transition functions that only choose or combine truth values.',
    rows: [
      '2515 booland_statefunc(bool, bool)', '2516 boolor_statefunc(bool, bool)',
    ],
  },
  {
    why: 'The transition function of any_value: keeps the first.',
    result: 'chosen',
    rows: [
      '6292 any_value_transfn(anyelement, anyelement)',
    ],
  },
  {
    why: 'Money: overflow and division by zero by the values of both.',
    rows: [
      '846 cash_mul_flt4(money!, float4!)', '847 cash_div_flt4(money!, float4!)', '848 flt4_mul_cash(float4!, money!)',
      '862 int4_mul_cash(int4!, money!)', '863 int2_mul_cash(int2!, money!)', '864 cash_mul_int4(money!, int4!)', '865 cash_div_int4(money!, int4!)',
      '866 cash_mul_int2(money!, int2!)', '867 cash_div_int2(money!, int2!)', '894 cash_pl(money!, money!)', '895 cash_mi(money!, money!)',
      '896 cash_mul_flt8(money!, float8!)', '897 cash_div_flt8(money!, float8!)', '919 flt8_mul_cash(float8!, money!)',
      '3344 cash_mul_int8(money!, int8!)', '3345 cash_div_int8(money!, int8!)', '3399 int8_mul_cash(int8!, money!)', '3811 money(int4!)',
      '3812 money(int8!)', '3822 cash_div_cash(money, money!)', '3824 money(numeric!)',
    ],
  },
  {
    why: 'Money into text and numeric: every value has a result; the locale is the session\'s.',
    rows: [
      '935 cash_words(money)', '3823 numeric(money)',
    ],
  },
  {
    why: 'Random numbers: independent of every argument but their range, which must not be empty. The generator is the session\'s.',
    rows: [
      '1598 random()', '6212 random_normal(float8!, float8!)', '6339 random(int4!, int4!)', '6340 random(int8!, int8!)',
      '6341 random(numeric!, numeric!)',
    ],
  },
  {
    why: 'Seeds the session\'s generator: what random() answers afterwards shows the argument.',
    effect: 'session',
    rows: [
      '1599 setseed(float8!)',
    ],
  },
]
