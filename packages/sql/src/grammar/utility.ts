/**
 * From a statement's node to {@link RawStatement}: one line per statement node of PostgreSQL 18's grammar (a test holds this table
 * against the grammar's own list). A node that is not here is `unknown`, and refused.
 */
import type { AstNode, Fields } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { Grammar } from './grammar.ts'
import type { RawStatement } from './raw-statement.ts'
import { readCopy } from './read-copy.ts'
import { findInto, readCreateTableAs, readRefresh, readSelectInto, readView } from './read-create-as.ts'
import {
  readAlterDomain, readAlterFunction, readAlterSequence, readAlterTable, readCreateSchema, readCreateSequence, readCreateTable, readCreateDomain, readDdlNamed,
  readDefine, readIndex, readMoveAll, readRule, readStatistics, readTrigger,
} from './read-ddl.ts'
import { readExplain } from './read-explain.ts'
import {
  readCluster, readComment, readDiscard, readDrop, readDropNamed, readListen, readLock, readNotify, readReindex, readTruncate, readUnlisten, readVacuum,
} from './read-maintenance.ts'
import { readCall, readClose, readDeallocate, readDeclare, readExecute, readFetch, readPrepare } from './read-prepared.ts'
import {
  readAlterDatabaseSet, readAlterPolicy, readAlterRole, readAlterRoleSet, readCreatePolicy, readCreateRole, readDefaultPrivileges, readDropOwned,
  readDropRole, readGrant, readGrantRole, readOwner, readReassignOwned, readSecurityLabel,
} from './read-privilege.ts'
import { readDepends, readRename, readSetSchema } from './read-rename.ts'
import { readCreateFunction, readDo } from './read-routine.ts'
import {
  readAlterSystem, readCheckpoint, readDropUserMapping, readExtensionContents, readForeignTable, readImportForeignSchema, readLoad,
  readPublication, readServerNamed, readUserMapping,
} from './read-server.ts'
import { readShow, readVariableSet } from './read-setting.ts'
import { readSetConstraints, readTransaction } from './read-transaction.ts'
import { StatementText } from './statement-text.ts'

/** Reads one statement. `text` is the statement's own text: nothing else stands in it but blanks, comments and semicolons. */
export function readStatement(grammar: Grammar, node: AstNode, text: string): RawStatement {
  return readNode(node, new StatementText(grammar, text, readNode))
}

type Reader = (fields: Fields, text: StatementText) => RawStatement

function readNode(node: AstNode, text: StatementText): RawStatement {
  const reader = READERS.get(node.type)
  return reader === undefined ? unknownStatement('UNKNOWN', `statement ${node.type}`) : reader(node.fields, text)
}

function query(command: string): Reader { return () => ({ kind: 'query', ...tagged(command) }) }

function readSelect(fields: Fields, text: StatementText): RawStatement {
  const into = findInto(fields)
  return into === undefined ? { kind: 'query', ...tagged('SELECT') } : readSelectInto(fields, into, text)
}

/** Statements inside CREATE SCHEMA have no text of their own, so those that need one (a view's query) stay unknown. */
function readElement(node: AstNode): RawStatement {
  switch (node.type) {
    case 'CreateStmt': return readCreateTable(node.fields)
    case 'IndexStmt': return readIndex(node.fields)
    case 'CreateSeqStmt': return readCreateSequence(node.fields)
    case 'CreateTrigStmt': return readTrigger(node.fields)
    case 'GrantStmt': return readGrant(node.fields)
    default: return unknownStatement('CREATE SCHEMA', `element ${node.type}`)
  }
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  // Queries: the server's analysis says what they do.
  ['SelectStmt', readSelect],
  ['InsertStmt', query('INSERT')],
  ['UpdateStmt', query('UPDATE')],
  ['DeleteStmt', query('DELETE')],
  ['MergeStmt', query('MERGE')],
  // Session and transaction
  ['TransactionStmt', readTransaction],
  ['VariableSetStmt', readVariableSet],
  ['VariableShowStmt', readShow],
  ['ConstraintsSetStmt', readSetConstraints],
  ['PrepareStmt', readPrepare],
  ['ExecuteStmt', readExecute],
  ['DeallocateStmt', readDeallocate],
  ['DeclareCursorStmt', readDeclare],
  ['FetchStmt', readFetch],
  ['ClosePortalStmt', readClose],
  ['DiscardStmt', readDiscard],
  ['LockStmt', readLock],
  ['ListenStmt', readListen],
  ['UnlistenStmt', readUnlisten],
  ['NotifyStmt', readNotify],
  // With a query inside
  ['CopyStmt', readCopy],
  ['ExplainStmt', readExplain],
  ['CreateTableAsStmt', readCreateTableAs],
  ['ViewStmt', readView],
  ['RefreshMatViewStmt', readRefresh],
  // Code
  ['DoStmt', readDo],
  ['CallStmt', readCall],
  ['CreateFunctionStmt', readCreateFunction],
  ['AlterFunctionStmt', readAlterFunction],
  // Who may do what
  ['GrantStmt', readGrant],
  ['GrantRoleStmt', readGrantRole],
  ['AlterDefaultPrivilegesStmt', readDefaultPrivileges],
  ['CreateRoleStmt', readCreateRole],
  ['AlterRoleStmt', readAlterRole],
  ['AlterRoleSetStmt', readAlterRoleSet],
  ['AlterDatabaseSetStmt', readAlterDatabaseSet],
  ['DropRoleStmt', readDropRole],
  ['DropOwnedStmt', readDropOwned],
  ['ReassignOwnedStmt', readReassignOwned],
  ['AlterOwnerStmt', readOwner],
  ['CreatePolicyStmt', readCreatePolicy],
  ['AlterPolicyStmt', readAlterPolicy],
  ['SecLabelStmt', readSecurityLabel],
  // Tables and what is on them
  ['CreateStmt', readCreateTable],
  ['AlterTableStmt', readAlterTable],
  ['AlterTableMoveAllStmt', readMoveAll],
  ['IndexStmt', readIndex],
  ['CreateSeqStmt', readCreateSequence],
  ['AlterSeqStmt', readAlterSequence],
  ['CreateTrigStmt', readTrigger],
  ['RuleStmt', readRule],
  ['CreateStatsStmt', readStatistics],
  ['AlterStatsStmt', readDdlNamed('ALTER STATISTICS', 'alter', 'statistics', 'defnames')],
  ['TruncateStmt', readTruncate],
  ['DropStmt', readDrop],
  ['CommentStmt', readComment],
  // Any object
  ['RenameStmt', readRename],
  ['AlterObjectSchemaStmt', readSetSchema],
  ['AlterObjectDependsStmt', readDepends],
  ['CreateSchemaStmt', readCreateSchema(readElement)],
  // Types, operators, text search
  ['DefineStmt', readDefine],
  ['CompositeTypeStmt', readDdlNamed('CREATE TYPE', 'create', 'type', 'typevar')],
  ['CreateEnumStmt', readDdlNamed('CREATE TYPE', 'create', 'type', 'typeName')],
  ['CreateRangeStmt', readDdlNamed('CREATE TYPE', 'create', 'type', 'typeName', 'code')],
  ['CreateDomainStmt', readCreateDomain],
  ['AlterDomainStmt', readAlterDomain],
  ['AlterEnumStmt', readDdlNamed('ALTER TYPE', 'alter', 'type', 'typeName')],
  ['AlterTypeStmt', readDdlNamed('ALTER TYPE', 'alter', 'type', 'typeName', 'code')],
  ['AlterOperatorStmt', readDdlNamed('ALTER OPERATOR', 'alter', 'operator', 'opername', 'code')],
  ['CreateOpClassStmt', readDdlNamed('CREATE OPERATOR CLASS', 'create', 'operator-class', 'opclassname', 'code')],
  ['CreateOpFamilyStmt', readDdlNamed('CREATE OPERATOR FAMILY', 'create', 'operator-family', 'opfamilyname', 'code')],
  ['AlterOpFamilyStmt', readDdlNamed('ALTER OPERATOR FAMILY', 'alter', 'operator-family', 'opfamilyname', 'code')],
  ['CreateCastStmt', readDdlNamed('CREATE CAST', 'create', 'cast', 'sourcetype', 'code')],
  ['CreateTransformStmt', readDdlNamed('CREATE TRANSFORM', 'create', 'transform', 'type_name', 'code')],
  ['CreateConversionStmt', readDdlNamed('CREATE CONVERSION', 'create', 'conversion', 'conversion_name', 'code')],
  ['AlterCollationStmt', readDdlNamed('ALTER COLLATION', 'alter', 'collation', 'collname')],
  ['AlterTSDictionaryStmt', readDdlNamed('ALTER TEXT SEARCH DICTIONARY', 'alter', 'text-search-dictionary', 'dictname', 'code')],
  ['AlterTSConfigurationStmt', readDdlNamed('ALTER TEXT SEARCH CONFIGURATION', 'alter', 'text-search-configuration', 'cfgname', 'code')],
  // Maintenance
  ['VacuumStmt', readVacuum],
  ['ReindexStmt', readReindex],
  ['ClusterStmt', readCluster],
  ['CheckPointStmt', readCheckpoint],
  // Beyond the database
  ['LoadStmt', readLoad],
  ['AlterSystemStmt', readAlterSystem],
  ['CreatedbStmt', readServerNamed('CREATE DATABASE', 'create', 'database', 'dbname')],
  ['AlterDatabaseStmt', readServerNamed('ALTER DATABASE', 'alter', 'database', 'dbname')],
  ['AlterDatabaseRefreshCollStmt', readServerNamed('ALTER DATABASE', 'alter', 'database', 'dbname')],
  ['DropdbStmt', readDropNamed('DROP DATABASE', 'database', 'dbname')],
  ['CreateTableSpaceStmt', readServerNamed('CREATE TABLESPACE', 'create', 'tablespace', 'tablespacename')],
  ['AlterTableSpaceOptionsStmt', readServerNamed('ALTER TABLESPACE', 'alter', 'tablespace', 'tablespacename')],
  ['DropTableSpaceStmt', readDropNamed('DROP TABLESPACE', 'tablespace', 'tablespacename')],
  ['CreateSubscriptionStmt', readServerNamed('CREATE SUBSCRIPTION', 'create', 'subscription', 'subname')],
  ['AlterSubscriptionStmt', readServerNamed('ALTER SUBSCRIPTION', 'alter', 'subscription', 'subname')],
  ['DropSubscriptionStmt', readDropNamed('DROP SUBSCRIPTION', 'subscription', 'subname')],
  ['CreatePublicationStmt', readPublication('CREATE PUBLICATION', 'create')],
  ['AlterPublicationStmt', readPublication('ALTER PUBLICATION', 'alter')],
  ['CreateForeignServerStmt', readServerNamed('CREATE SERVER', 'create', 'foreign-server', 'servername')],
  ['AlterForeignServerStmt', readServerNamed('ALTER SERVER', 'alter', 'foreign-server', 'servername')],
  ['CreateFdwStmt', readServerNamed('CREATE FOREIGN DATA WRAPPER', 'create', 'foreign-data-wrapper', 'fdwname')],
  ['AlterFdwStmt', readServerNamed('ALTER FOREIGN DATA WRAPPER', 'alter', 'foreign-data-wrapper', 'fdwname')],
  ['CreateUserMappingStmt', readUserMapping('CREATE USER MAPPING', 'create')],
  ['AlterUserMappingStmt', readUserMapping('ALTER USER MAPPING', 'alter')],
  ['DropUserMappingStmt', readDropUserMapping],
  ['CreateForeignTableStmt', readForeignTable],
  ['ImportForeignSchemaStmt', readImportForeignSchema],
  ['CreateExtensionStmt', readServerNamed('CREATE EXTENSION', 'create', 'extension', 'extname')],
  ['AlterExtensionStmt', readServerNamed('ALTER EXTENSION', 'alter', 'extension', 'extname')],
  ['AlterExtensionContentsStmt', readExtensionContents],
  ['CreateEventTrigStmt', readServerNamed('CREATE EVENT TRIGGER', 'create', 'event-trigger', 'trigname')],
  ['AlterEventTrigStmt', readServerNamed('ALTER EVENT TRIGGER', 'alter', 'event-trigger', 'trigname')],
  ['CreatePLangStmt', readServerNamed('CREATE LANGUAGE', 'create', 'language', 'plname')],
  ['CreateAmStmt', readServerNamed('CREATE ACCESS METHOD', 'create', 'access-method', 'amname')],
])

/** Names of the statement nodes read here; what a test holds against the grammar's list. */
export const COVERED_STATEMENTS: readonly string[] = [...READERS.keys()]
