/** Full text search. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const TEXT_SEARCH: readonly FunctionGroup[] = [
  {
    why: 'Text search values compared, ranked without weights, or taken apart: every value has a result.',
    rows: [
      '3321 ts_delete(tsvector, text)', '3326 tsvector_to_array(tsvector)', '3623 strip(tsvector)', '3634 ts_match_vq(tsvector, tsquery)',
      '3635 ts_match_qv(tsquery, tsvector)', '3669 tsquery_and(tsquery, tsquery)', '3670 tsquery_or(tsquery, tsquery)', '3671 tsquery_not(tsquery)',
      '3672 numnode(tsquery)', '3673 querytree(tsquery)', '3684 ts_rewrite(tsquery, tsquery, tsquery)', '3705 ts_rank(tsvector, tsquery, int4)',
      '3706 ts_rank(tsvector, tsquery)', '3709 ts_rank_cd(tsvector, tsquery, int4)', '3710 ts_rank_cd(tsvector, tsquery)', '3711 length(tsvector)',
      '5003 tsquery_phrase(tsquery, tsquery)',
    ],
  },
  {
    why: 'Text search values: weights that are none, a distance out of range, a null lexeme, a result over 1 MB.',
    rows: [
      '3319 ts_filter(tsvector, char[]!)', '3320 setweight(tsvector, char!, text[]!)', '3323 ts_delete(tsvector, text[]!)',
      '3327 array_to_tsvector(text[]!)', '3624 setweight(tsvector, char!)', '3625 tsvector_concat(tsvector!, tsvector!)',
      '3703 ts_rank(float4[]!, tsvector, tsquery, int4)', '3704 ts_rank(float4[]!, tsvector, tsquery)',
      '3707 ts_rank_cd(float4[]!, tsvector, tsquery, int4)', '3708 ts_rank_cd(float4[]!, tsvector, tsquery)',
      '5004 tsquery_phrase(tsquery, tsquery, int4!)',
    ],
  },
  {
    why: 'One row per lexeme.',
    rowsByValue: true,
    rows: [
      '3322 unnest(tsvector)',
    ],
  },
  {
    why: 'Text through a configuration of the catalog: a NOTICE for words over 2 kB and for queries of stop words only, an error for a bad query or over 1 MB. Dictionaries are the catalog\'s.',
    reads: 'catalog',
    rows: [
      '3723 ts_lexize(regdictionary!, text!)', '3743 ts_headline(regconfig!, text!, tsquery!, text!)',
      '3744 ts_headline(regconfig!, text!, tsquery!)', '3745 to_tsvector(regconfig!, text!)', '3746 to_tsquery(regconfig!, text!)',
      '3747 plainto_tsquery(regconfig!, text!)', '3749 to_tsvector(text!)', '3750 to_tsquery(text!)', '3751 plainto_tsquery(text!)',
      '3754 ts_headline(text!, tsquery!, text!)', '3755 ts_headline(text!, tsquery!)', '3760 ts_match_tt(text!, text!)',
      '3761 ts_match_tq(text!, tsquery!)', '4201 ts_headline(regconfig!, jsonb!, tsquery!, text!)', '4202 ts_headline(regconfig!, jsonb!, tsquery!)',
      '4203 ts_headline(jsonb!, tsquery!, text!)', '4204 ts_headline(jsonb!, tsquery!)', '4205 ts_headline(regconfig!, json!, tsquery!, text!)',
      '4206 ts_headline(regconfig!, json!, tsquery!)', '4207 ts_headline(json!, tsquery!, text!)', '4208 ts_headline(json!, tsquery!)',
      '4209 to_tsvector(jsonb!)', '4210 to_tsvector(json!)', '4211 to_tsvector(regconfig!, jsonb!)', '4212 to_tsvector(regconfig!, json!)',
      '4213 jsonb_to_tsvector(jsonb!, jsonb!)', '4214 jsonb_to_tsvector(regconfig!, jsonb!, jsonb!)', '4215 json_to_tsvector(json!, jsonb!)',
      '4216 json_to_tsvector(regconfig!, json!, jsonb!)', '5001 phraseto_tsquery(text!)', '5006 phraseto_tsquery(regconfig!, text!)',
      '5007 websearch_to_tsquery(regconfig!, text!)', '5009 websearch_to_tsquery(text!)',
    ],
  },
  {
    why: 'Text through a parser of the catalog, one row per token.',
    reads: 'catalog',
    rowsByValue: true,
    rows: [
      '3713 ts_token_type(oid!)', '3714 ts_token_type(text!)', '3715 ts_parse(oid!, text!)', '3716 ts_parse(text!, text!)',
      '6183 ts_debug(regconfig!, text!)', '6184 ts_debug(text!)',
    ],
  },
  {
    why: 'The session\'s default configuration.',
    reads: 'catalog',
    rows: [
      '3759 get_current_ts_config()',
    ],
  },
]
