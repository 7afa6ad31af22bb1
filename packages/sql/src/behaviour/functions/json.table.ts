/** JSON, jsonb, SQL/JSON paths and XML. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const JSON_AND_XML: readonly FunctionGroup[] = [
  {
    why: 'jsonb taken apart or compared: a missing key or index gives null, never an error.',
    rows: [
      '3199 json_build_array()', '3201 json_build_object()', '3210 jsonb_typeof(jsonb)', '3214 jsonb_object_field_text(jsonb, text)',
      '3215 jsonb_array_element(jsonb, int4)', '3216 jsonb_array_element_text(jsonb, int4)', '3217 jsonb_extract_path(jsonb, VARIADIC text[])',
      '3262 jsonb_strip_nulls(jsonb, bool)', '3272 jsonb_build_array()', '3274 jsonb_build_object()', '3301 jsonb_concat(jsonb, jsonb)',
      '3306 jsonb_pretty(jsonb)', '3478 jsonb_object_field(jsonb, text)', '3940 jsonb_extract_path_text(jsonb, VARIADIC text[])',
      '3968 json_typeof(json)', '4046 jsonb_contains(jsonb, jsonb)', '4047 jsonb_exists(jsonb, text)', '4048 jsonb_exists_any(jsonb, text[])',
      '4049 jsonb_exists_all(jsonb, text[])', '4050 jsonb_contained(jsonb, jsonb)',
    ],
  },
  {
    why: 'json is kept as text and read again at each use: an escape that is no character (\\u0000) passes on input and fails here.',
    rows: [
      '3261 json_strip_nulls(json!, bool)', '3947 json_object_field(json!, text)', '3948 json_object_field_text(json!, text)',
      '3949 json_array_element(json!, int4)', '3950 json_array_element_text(json!, int4)', '3951 json_extract_path(json!, VARIADIC text[])',
      '3953 json_extract_path_text(json!, VARIADIC text[])',
    ],
  },
  {
    why: 'The length of an array (anything else fails), and an object of two arrays (a null key or an odd one out fails).',
    rows: [
      '3202 json_object(text[]!)', '3203 json_object(text[]!, text[]!)', '3207 jsonb_array_length(jsonb!)', '3263 jsonb_object(text[]!)',
      '3264 jsonb_object(text[]!, text[]!)', '3956 json_array_length(json!)',
    ],
  },
  {
    why: 'json and jsonb into rows: an object where an array is wanted fails, and the other way round.',
    rowsByValue: true,
    rows: [
      '3208 jsonb_each(jsonb!)', '3219 jsonb_array_elements(jsonb!)', '3465 jsonb_array_elements_text(jsonb!)', '3931 jsonb_object_keys(jsonb!)',
      '3932 jsonb_each_text(jsonb!)', '3955 json_array_elements(json!)', '3957 json_object_keys(json!)', '3958 json_each(json!)',
      '3959 json_each_text(json!)', '3969 json_array_elements_text(json!)',
    ],
  },
  {
    why: 'json and jsonb into records: calls the input functions of the result\'s types.',
    typeFunctions: true,
    rows: [
      '3204 json_to_record(json!)', '3209 jsonb_populate_record(anyelement!, jsonb!)', '3490 jsonb_to_record(jsonb!)',
      '3960 json_populate_record(anyelement!, json!, bool!)', '6338 jsonb_populate_record_valid(anyelement!, jsonb!)',
    ],
  },
  {
    why: 'json and jsonb into records, one row per element.',
    typeFunctions: true,
    rowsByValue: true,
    rows: [
      '3205 json_to_recordset(json!)', '3475 jsonb_populate_recordset(anyelement!, jsonb!)', '3491 jsonb_to_recordset(jsonb!)',
      '3961 json_populate_recordset(anyelement!, json!, bool!)',
    ],
  },
  {
    why: 'jsonb changed in place: a scalar has no place, a path may be no index, a key may exist.',
    rows: [
      '3302 jsonb_delete(jsonb!, text!)', '3303 jsonb_delete(jsonb!, int4!)', '3304 jsonb_delete_path(jsonb!, text[]!)',
      '3305 jsonb_set(jsonb!, text[]!, jsonb, bool)', '3343 jsonb_delete(jsonb!, VARIADIC text[]!)',
      '3579 jsonb_insert(jsonb!, text[]!, jsonb, bool)', '5054 jsonb_set_lax(jsonb!, text[]!, jsonb, bool, text!)',
    ],
  },
  {
    why: 'jsonb into a number or truth value: fails by the kind of the value.',
    rows: [
      '2580 float8(jsonb!)', '3449 numeric(jsonb!)', '3450 int2(jsonb!)', '3451 int4(jsonb!)', '3452 int8(jsonb!)', '3453 float4(jsonb!)',
      '3556 bool(jsonb!)',
    ],
  },
  {
    why: 'SQL/JSON paths: errors of structure are silent where silent is given (and for @? and @@), but not those of comparing dates, times and zones, so the document decides.',
    rows: [
      '1177 jsonb_path_exists_tz(jsonb!, jsonpath!, jsonb!, bool!)', '1180 jsonb_path_query_array_tz(jsonb!, jsonpath!, jsonb!, bool!)',
      '2023 jsonb_path_query_first_tz(jsonb!, jsonpath!, jsonb!, bool!)', '2030 jsonb_path_match_tz(jsonb!, jsonpath!, jsonb!, bool!)',
      '4005 jsonb_path_exists(jsonb!, jsonpath!, jsonb!, bool!)', '4007 jsonb_path_query_array(jsonb!, jsonpath!, jsonb!, bool!)',
      '4008 jsonb_path_query_first(jsonb!, jsonpath!, jsonb!, bool!)', '4009 jsonb_path_match(jsonb!, jsonpath!, jsonb!, bool!)',
      '4010 jsonb_path_exists_opr(jsonb!, jsonpath!)', '4011 jsonb_path_match_opr(jsonb!, jsonpath!)',
    ],
  },
  {
    why: 'SQL/JSON paths as rows: as above.',
    rowsByValue: true,
    rows: [
      '1179 jsonb_path_query_tz(jsonb!, jsonpath!, jsonb!, bool!)', '4006 jsonb_path_query(jsonb!, jsonpath!, jsonb!, bool!)',
    ],
  },
  {
    why: 'Values into JSON: calls output functions and casts to json of their types. A json value goes into jsonb by being read again, which can fail: there json counts as such a type.',
    typeFunctions: true,
    rows: [
      '3153 array_to_json(anyarray)', '3154 array_to_json(anyarray, bool)', '3155 row_to_json(record)', '3156 row_to_json(record, bool)',
      '3176 to_json(anyelement)', '3198 json_build_array(VARIADIC any)', '3271 jsonb_build_array(VARIADIC any)', '3787 to_jsonb(anyelement)',
    ],
  },
  {
    why: 'Objects of keys and values: a null key fails.',
    typeFunctions: true,
    rows: [
      '3200 json_build_object(VARIADIC any!keys)', '3273 jsonb_build_object(VARIADIC any!keys)',
    ],
  },
  {
    why: 'XML into text, and text escaped into XML: every value has a result.',
    rows: [
      '2922 text(xml)', '3051 xml_is_well_formed(text)', '3052 xml_is_well_formed_document(text)', '3053 xml_is_well_formed_content(text)',
      '3813 xmltext(text)',
    ],
  },
  {
    why: 'XML read, queried or put together: fails by the text.',
    rows: [
      '2614 xmlexists(text!, xml!)', '2895 xmlcomment(text!)', '2896 xml(text!)', '2897 xmlvalidate(xml!, text!)', '2900 xmlconcat2(xml!, xml!)',
      '2931 xpath(text!, xml!, text[]!)', '2932 xpath(text!, xml!)', '3049 xpath_exists(text!, xml!, text[]!)', '3050 xpath_exists(text!, xml!)',
    ],
  },
]
