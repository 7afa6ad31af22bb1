/**
 * Which nodes, with which fields, a rewritten query tree of PostgreSQL 15 to 18 holds. A node or field that is not here makes the
 * statement opaque: a new server version, or a construct nobody looked at. Planner and executor nodes, raw parse nodes and utility
 * statements are left out on purpose. Source: PostgreSQL 15 to 18, src/include/nodes/primnodes.h and parsenodes.h; held against
 * trees of 15.18 and 18.4 and against the generated outfuncs of 16; 17 follows its headers.
 *
 * `field@16` exists from 16 on, `field@-17` up to 17, `field@15-16` in 15 and 16; the same after a node's name.
 */
import { NodeLayout } from './node-fields.ts'

const NODES: readonly (readonly [string, string])[] = [
  ['AGGREF', 'aggfnoid aggtype aggcollid inputcollid aggtranstype aggargtypes aggdirectargs args aggorder aggdistinct aggfilter aggstar aggvariadic aggkind aggpresorted@16 agglevelsup aggsplit aggno aggtransno location'],
  ['ALIAS', 'aliasname colnames'],
  ['ARRAYCOERCEEXPR', 'arg elemexpr resulttype resulttypmod resultcollid coerceformat location'],
  ['ARRAYEXPR', 'array_typeid array_collid element_typeid elements multidims list_start@18 list_end@18 location'],
  ['BOOLEANTEST', 'arg booltesttype location'],
  ['BOOLEXPR', 'boolop args location'],
  ['CASEEXPR', 'casetype casecollid arg args defresult location'],
  ['CASETESTEXPR', 'typeId typeMod collation'],
  ['CASEWHEN', 'expr result location'],
  ['COALESCEEXPR', 'coalescetype coalescecollid args location'],
  ['COERCETODOMAIN', 'arg resulttype resulttypmod resultcollid coercionformat location'],
  ['COERCETODOMAINVALUE', 'typeId typeMod collation location'],
  ['COERCEVIAIO', 'arg resulttype resultcollid coerceformat location'],
  ['COLLATEEXPR', 'arg collOid location'],
  ['COMMONTABLEEXPR', 'ctename aliascolnames ctematerialized ctequery search_clause cycle_clause location cterecursive cterefcount ctecolnames ctecoltypes ctecoltypmods ctecolcollations'],
  ['CONST', 'consttype consttypmod constcollid constlen constbyval constisnull location constvalue'],
  ['CONVERTROWTYPEEXPR', 'arg resulttype convertformat location'],
  ['CTECYCLECLAUSE', 'cycle_col_list cycle_mark_column cycle_mark_value cycle_mark_default cycle_path_column location cycle_mark_type cycle_mark_typmod cycle_mark_collation cycle_mark_neop'],
  ['CTESEARCHCLAUSE', 'search_col_list search_breadth_first search_seq_column location'],
  ['CURRENTOFEXPR', 'cvarno cursor_name cursor_param'],
  ['DISTINCTEXPR', 'opno opfuncid opresulttype opretset opcollid inputcollid args location'],
  ['FIELDSELECT', 'arg fieldnum resulttype resulttypmod resultcollid'],
  ['FIELDSTORE', 'arg newvals fieldnums resulttype'],
  ['FROMEXPR', 'fromlist quals'],
  ['FUNCEXPR', 'funcid funcresulttype funcretset funcvariadic funcformat funccollid inputcollid args location'],
  ['GROUPINGFUNC', 'args refs cols agglevelsup location'],
  ['GROUPINGSET', 'kind content location'],
  ['INFERENCEELEM', 'expr infercollid inferopclass'],
  ['JOINEXPR', 'jointype isNatural larg rarg usingClause join_using_alias quals alias rtindex'],
  ['JSONBEHAVIOR@17', 'btype expr coerce location'],
  ['JSONCONSTRUCTOREXPR@16', 'type args func coercion returning absent_on_null unique location'],
  ['JSONEXPR@17', 'op column_name formatted_expr format path_spec returning passing_names passing_values on_empty on_error use_io_coercion use_json_coercion wrapper omit_quotes collation location'],
  ['JSONFORMAT@16', 'format_type encoding location'],
  ['JSONISPREDICATE@16', 'expr format item_type unique_keys location'],
  ['JSONRETURNING@16', 'format typid typmod'],
  ['JSONTABLEPATH@17', 'value name'],
  ['JSONTABLEPATHSCAN@17', 'path errorOnError child colMin colMax'],
  ['JSONTABLESIBLINGJOIN@17', 'lplan rplan'],
  ['JSONVALUEEXPR@16', 'raw_expr formatted_expr format'],
  ['MERGEACTION', 'matched@-16 matchKind@17 commandType override qual targetList updateColnos'],
  ['MERGESUPPORTFUNC@17', 'msftype msfcollid location'],
  ['MINMAXEXPR', 'minmaxtype minmaxcollid inputcollid op args location'],
  ['NAMEDARGEXPR', 'arg name argnumber location'],
  ['NEXTVALUEEXPR', 'seqid typeId'],
  ['NULLIFEXPR', 'opno opfuncid opresulttype opretset opcollid inputcollid args location'],
  ['NULLTEST', 'arg nulltesttype argisrow location'],
  ['ONCONFLICTEXPR', 'action arbiterElems arbiterWhere constraint onConflictSet onConflictWhere exclRelIndex exclRelTlist'],
  ['OPEXPR', 'opno opfuncid opresulttype opretset opcollid inputcollid args location'],
  ['PARAM', 'paramkind paramid paramtype paramtypmod paramcollid location'],
  ['QUERY', 'commandType querySource canSetTag utilityStmt resultRelation hasAggs hasWindowFuncs hasTargetSRFs hasSubLinks hasDistinctOn hasRecursive hasModifyingCTE hasForUpdate hasRowSecurity hasGroupRTE@18 isReturn cteList rtable rteperminfos@16 jointree mergeActionList mergeTargetRelation@17 mergeJoinCondition@17 mergeUseOuterJoin@-16 targetList override onConflict returningOldAlias@18 returningNewAlias@18 returningList groupClause groupDistinct groupingSets havingQual windowClause distinctClause sortClause limitOffset limitCount limitOption rowMarks setOperations constraintDeps withCheckOptions stmt_location stmt_len'],
  ['RANGETBLENTRY', 'alias eref rtekind relid inh relkind rellockmode perminfoindex@16 tablesample lateral inFromCl securityQuals jointype joinmergedcols joinaliasvars joinleftcols joinrightcols join_using_alias subquery security_barrier groupexprs@18 ctename ctelevelsup self_reference coltypes coltypmods colcollations enrname enrtuples values_lists functions funcordinality tablefunc requiredPerms@-15 checkAsUser@-15 selectedCols@-15 insertedCols@-15 updatedCols@-15 extraUpdatedCols@-15'],
  ['RANGETBLFUNCTION', 'funcexpr funccolcount funccolnames funccoltypes funccoltypmods funccolcollations funcparams'],
  ['RANGETBLREF', 'rtindex'],
  ['RELABELTYPE', 'arg resulttype resulttypmod resultcollid relabelformat location'],
  ['RETURNINGEXPR@18', 'retlevelsup retold retexpr'],
  ['ROWCOMPAREEXPR', 'rctype@-17 cmptype@18 opnos opfamilies inputcollids largs rargs'],
  ['ROWEXPR', 'args row_typeid row_format colnames location'],
  ['ROWMARKCLAUSE', 'rti strength waitPolicy pushedDown'],
  ['RTEPERMISSIONINFO@16', 'relid inh requiredPerms checkAsUser selectedCols insertedCols updatedCols'],
  ['SCALARARRAYOPEXPR', 'opno opfuncid hashfuncid negfuncid useOr inputcollid args location'],
  ['SETOPERATIONSTMT', 'op all larg rarg colTypes colTypmods colCollations groupClauses'],
  ['SETTODEFAULT', 'typeId typeMod collation location'],
  ['SORTGROUPCLAUSE', 'tleSortGroupRef eqop sortop reverse_sort@18 nulls_first hashable'],
  ['SQLVALUEFUNCTION', 'op type typmod location'],
  ['SUBLINK', 'subLinkType subLinkId testexpr operName subselect location'],
  ['SUBSCRIPTINGREF', 'refcontainertype refelemtype refrestype reftypmod refcollid refupperindexpr reflowerindexpr refexpr refassgnexpr'],
  ['TABLEFUNC', 'functype@17 ns_uris ns_names docexpr rowexpr colnames coltypes coltypmods colcollations colexprs coldefexprs colvalexprs@17 passingvalexprs@17 notnulls plan@17 ordinalitycol location'],
  ['TABLESAMPLECLAUSE', 'tsmhandler args repeatable'],
  ['TARGETENTRY', 'expr resno resname ressortgroupref resorigtbl resorigcol resjunk'],
  ['VAR', 'varno varattno vartype vartypmod varcollid varnullingrels@16 varlevelsup varreturningtype@18 varnosyn varattnosyn location'],
  ['WINDOWCLAUSE', 'name refname partitionClause orderClause frameOptions startOffset endOffset runCondition@-16 startInRangeFunc endInRangeFunc inRangeColl inRangeAsc inRangeNullsFirst winref copiedOrder'],
  ['WINDOWFUNC', 'winfnoid wintype wincollid inputcollid args aggfilter runCondition@17 winref winstar winagg location'],
  ['WITHCHECKOPTION', 'kind relname polname qual cascaded'],
  ['XMLEXPR', 'op name named_args arg_names args xmloption indent@16 type typmod location'],
]

/** Versions whose trees are read. */
export const SERVER_MAJORS = [15, 16, 17, 18] as const

/** Node names and their fields, per major version. */
export const KNOWN_NODES: ReadonlyMap<number, ReadonlyMap<string, NodeLayout>> = new Map(
  SERVER_MAJORS.map(major => [major, nodesOfVersion(major)]),
)

function nodesOfVersion(major: number): ReadonlyMap<string, NodeLayout> {
  const nodes = new Map<string, NodeLayout>()
  for (const [node, fields] of NODES) {
    const name = nameIn(major, node)
    if (name === undefined) continue
    nodes.set(name, new NodeLayout(fields.split(' ').flatMap(field => nameIn(major, field) ?? [])))
  }
  return nodes
}

/** The name without its range, or undefined when the range leaves this version out. */
function nameIn(major: number, entry: string): string | undefined {
  const [name = '', range] = entry.split('@')
  if (range === undefined) return name
  const [from = '', to] = range.includes('-') ? range.split('-') : [range, '']
  const first = from === '' ? 0 : Number(from)
  const last = to === '' || to === undefined ? Number.POSITIVE_INFINITY : Number(to)
  return major >= first && major <= last ? name : undefined
}
