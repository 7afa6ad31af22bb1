/**
 * Literals of dates and intervals are read by the session's settings. The analysis reads them by its own, so that everybody's texts can share it: what
 * it does not take for that reason is asked again on the session's own connection. What a literal means does not matter for what is decided:
 * the flow looks at no value of these types (packages/sql/src/flow/constant.ts), so a date that is read as another day changes nothing. A time
 * zone says which moment is meant and never whether a literal is one, so it is not compared.
 * Source: PostgreSQL, Date/Time Input Interpretation; Error Codes, class 22.
 */
import type { AnalysisError } from '@doorward/sql'

/** Settings by which a literal may be one or none. */
const STYLES: ReadonlySet<string> = new Set(['datestyle', 'intervalstyle', 'timezone_abbreviations'])
/** invalid_datetime_format, datetime_field_overflow, invalid_parameter_value (a zone's abbreviation that is not known). */
const ABOUT_STYLE: ReadonlySet<string> = new Set(['22007', '22008', '22023'])

/** Both in the form in which the server reports them. */
export const LITERAL_STYLE_QUERY = 'select pg_catalog.concat(pg_catalog.current_setting(\'DateStyle\'), \'/\', pg_catalog.current_setting(\'IntervalStyle\'))'

/** @param parameters as the server reports them when a connection starts. */
export function literalStyleOf(parameters: ReadonlyMap<string, string>): string {
  return `${parameters.get('DateStyle') ?? ''}/${parameters.get('IntervalStyle') ?? ''}`
}

export function isStyle(setting: string): boolean { return STYLES.has(setting.toLowerCase()) }

/** @returns whether the server refused a text for a literal that other settings might take. */
export function isAboutStyle({ sqlState }: AnalysisError): boolean { return ABOUT_STYLE.has(sqlState) }
