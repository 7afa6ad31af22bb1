/** Series, arrays, ranges and multiranges. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const ARRAY: readonly FunctionGroup[] = [
  {
    why: 'A series of integers: a step of zero fails; the bounds decide how many rows.',
    rowsByValue: true,
    rows: [
      '1066 generate_series(int4, int4, int4!nonzero)', '1067 generate_series(int4, int4)', '1068 generate_series(int8, int8, int8!nonzero)',
      '1069 generate_series(int8, int8)', '1191 generate_subscripts(anyarray, int4, bool)', '1192 generate_subscripts(anyarray, int4)',
    ],
  },
  {
    why: 'A series of other values: a step of zero, NaN, infinity or a bound out of range fails.',
    rowsByValue: true,
    rows: [
      '938 generate_series(timestamp!, timestamp!, interval!)', '939 generate_series(timestamptz!, timestamptz!, interval!)',
      '3259 generate_series(numeric!, numeric!, numeric!)', '3260 generate_series(numeric!, numeric!)',
      '6274 generate_series(timestamptz!, timestamptz!, interval!, text!)',
    ],
  },
  {
    why: 'Array shape and parts: every array has a result.',
    rows: [
      '747 array_dims(anyarray)', '748 array_ndims(anyarray)', '2091 array_lower(anyarray, int4)', '2092 array_upper(anyarray, int4)',
      '2176 array_length(anyarray, int4)', '3179 cardinality(anyarray)', '6215 array_shuffle(anyarray)', '6381 array_reverse(anyarray)',
    ],
  },
  {
    why: 'Array into text, and elements replaced or sorted: calls functions of the element type.',
    typeFunctions: true,
    rows: [
      '384 array_to_string(anyarray, text, text)', '395 array_to_string(anyarray, text)',
      '3168 array_replace(anycompatiblearray, anycompatible, anycompatible)', '6388 array_sort(anyarray)', '6389 array_sort(anyarray, bool)',
      '6390 array_sort(anyarray, bool, bool)',
    ],
  },
  {
    why: 'Search and removal: only in one dimension.',
    typeFunctions: true,
    rows: [
      '3167 array_remove(anycompatiblearray!, anycompatible)', '3277 array_position(anycompatiblearray!, anycompatible)',
      '3278 array_position(anycompatiblearray!, anycompatible, int4!)', '3279 array_positions(anycompatiblearray!, anycompatible)',
    ],
  },
  {
    why: 'Growing an array: of one dimension, bounds within the integers; two arrays of fitting dimensions.',
    rows: [
      '378 array_append(anycompatiblearray!, anycompatible)', '379 array_prepend(anycompatible, anycompatiblearray!)',
      '383 array_cat(anycompatiblearray!, anycompatiblearray!)',
    ],
  },
  {
    why: 'Part of an array: a count beyond its length fails.',
    rows: [
      '6172 trim_array(anyarray!, int4!)', '6216 array_sample(anyarray!, int4!)',
    ],
  },
  {
    why: 'An array of one value: the dimensions given decide the size.',
    rows: [
      '1193 array_fill(anyelement, int4[]^)', '1286 array_fill(anyelement, int4[]^, int4[]!)',
    ],
  },
  {
    why: 'One row per element.',
    rowsByValue: true,
    rows: [
      '2331 unnest(anyarray)',
    ],
  },
  {
    why: 'How many arguments are null.',
    rows: [
      '438 num_nulls(VARIADIC any)', '440 num_nonnulls(VARIADIC any)',
    ],
  },
  {
    why: 'A range of two bounds: the lower must not be greater, and the canonical form must exist.',
    rows: [
      '3840 int4range(int4!, int4!)', '3841 int4range(int4!, int4!, text!)', '3844 numrange(numeric!, numeric!)',
      '3845 numrange(numeric!, numeric!, text!)', '3914 int4range_canonical(int4range!)', '3915 daterange_canonical(daterange!)',
      '3924 numrange_subdiff(numeric!, numeric!)', '3928 int8range_canonical(int8range!)', '3933 tsrange(timestamp!, timestamp!)',
      '3934 tsrange(timestamp!, timestamp!, text!)', '3937 tstzrange(timestamptz!, timestamptz!)',
      '3938 tstzrange(timestamptz!, timestamptz!, text!)', '3941 daterange(date!, date!)', '3942 daterange(date!, date!, text!)',
      '3945 int8range(int8!, int8!)', '3946 int8range(int8!, int8!, text!)',
    ],
  },
  {
    why: 'Bounds and flags of a range: every range has a result.',
    rows: [
      '3848 lower(anyrange)', '3849 upper(anyrange)', '3850 isempty(anyrange)', '3851 lower_inc(anyrange)', '3852 upper_inc(anyrange)',
      '3853 lower_inf(anyrange)', '3854 upper_inf(anyrange)', '4235 lower(anymultirange)', '4236 upper(anymultirange)', '4237 isempty(anymultirange)',
      '4238 lower_inc(anymultirange)', '4239 upper_inc(anymultirange)', '4240 lower_inf(anymultirange)', '4241 upper_inf(anymultirange)',
      '4280 int4multirange()', '4281 int4multirange(int4range)', '4283 nummultirange()', '4284 nummultirange(numrange)', '4286 tsmultirange()',
      '4287 tsmultirange(tsrange)', '4289 tstzmultirange()', '4290 tstzmultirange(tstzrange)', '4292 datemultirange()',
      '4293 datemultirange(daterange)', '4295 int8multirange()', '4296 int8multirange(int8range)', '4298 multirange(anyrange)',
    ],
  },
  {
    why: 'A multirange of an array of ranges: a null member or a second dimension fails.',
    rows: [
      '4282 int4multirange(VARIADIC int4range[]!)', '4285 nummultirange(VARIADIC numrange[]!)', '4288 tsmultirange(VARIADIC tsrange[]!)',
      '4291 tstzmultirange(VARIADIC tstzrange[]!)', '4294 datemultirange(VARIADIC daterange[]!)', '4297 int8multirange(VARIADIC int8range[]!)',
    ],
  },
  {
    why: 'Comparison, intersection and hull of ranges: call the comparison of the bound type; every pair has a result.',
    typeFunctions: true,
    rows: [
      '3855 range_eq(anyrange, anyrange)', '3856 range_ne(anyrange, anyrange)', '3857 range_overlaps(anyrange, anyrange)',
      '3858 range_contains_elem(anyrange, anyelement)', '3859 range_contains(anyrange, anyrange)',
      '3860 elem_contained_by_range(anyelement, anyrange)', '3861 range_contained_by(anyrange, anyrange)', '3862 range_adjacent(anyrange, anyrange)',
      '3863 range_before(anyrange, anyrange)', '3864 range_after(anyrange, anyrange)', '3865 range_overleft(anyrange, anyrange)',
      '3866 range_overright(anyrange, anyrange)', '3868 range_intersect(anyrange, anyrange)', '3870 range_cmp(anyrange, anyrange)',
      '3871 range_lt(anyrange, anyrange)', '3872 range_le(anyrange, anyrange)', '3873 range_ge(anyrange, anyrange)',
      '3874 range_gt(anyrange, anyrange)', '4057 range_merge(anyrange, anyrange)', '4228 range_merge(anymultirange)',
      '4244 multirange_eq(anymultirange, anymultirange)', '4245 multirange_ne(anymultirange, anymultirange)',
      '4246 range_overlaps_multirange(anyrange, anymultirange)', '4247 multirange_overlaps_range(anymultirange, anyrange)',
      '4248 multirange_overlaps_multirange(anymultirange, anymultirange)', '4249 multirange_contains_elem(anymultirange, anyelement)',
      '4250 multirange_contains_range(anymultirange, anyrange)', '4251 multirange_contains_multirange(anymultirange, anymultirange)',
      '4252 elem_contained_by_multirange(anyelement, anymultirange)', '4253 range_contained_by_multirange(anyrange, anymultirange)',
      '4254 multirange_contained_by_multirange(anymultirange, anymultirange)', '4255 range_adjacent_multirange(anyrange, anymultirange)',
      '4256 multirange_adjacent_multirange(anymultirange, anymultirange)', '4257 multirange_adjacent_range(anymultirange, anyrange)',
      '4258 range_before_multirange(anyrange, anymultirange)', '4259 multirange_before_range(anymultirange, anyrange)',
      '4260 multirange_before_multirange(anymultirange, anymultirange)', '4261 range_after_multirange(anyrange, anymultirange)',
      '4262 multirange_after_range(anymultirange, anyrange)', '4263 multirange_after_multirange(anymultirange, anymultirange)',
      '4264 range_overleft_multirange(anyrange, anymultirange)', '4265 multirange_overleft_range(anymultirange, anyrange)',
      '4266 multirange_overleft_multirange(anymultirange, anymultirange)', '4267 range_overright_multirange(anyrange, anymultirange)',
      '4268 multirange_overright_range(anymultirange, anyrange)', '4269 multirange_overright_multirange(anymultirange, anymultirange)',
      '4270 multirange_union(anymultirange, anymultirange)', '4271 multirange_minus(anymultirange, anymultirange)',
      '4272 multirange_intersect(anymultirange, anymultirange)', '4273 multirange_cmp(anymultirange, anymultirange)',
      '4274 multirange_lt(anymultirange, anymultirange)', '4275 multirange_le(anymultirange, anymultirange)',
      '4276 multirange_ge(anymultirange, anymultirange)', '4277 multirange_gt(anymultirange, anymultirange)',
      '4388 multirange_intersect_agg_transfn(anymultirange, anymultirange)', '4401 range_intersect_agg_transfn(anyrange, anyrange)',
      '4541 range_contains_multirange(anyrange, anymultirange)', '4542 multirange_contained_by_range(anymultirange, anyrange)',
    ],
  },
  {
    why: 'Union and difference of two ranges: fail when the result is not one range.',
    typeFunctions: true,
    rows: [
      '3867 range_union(anyrange!, anyrange!)', '3869 range_minus(anyrange!, anyrange!)',
    ],
  },
  {
    why: 'One row per range.',
    rowsByValue: true,
    rows: [
      '1293 unnest(anymultirange)',
    ],
  },
]
