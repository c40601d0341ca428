// The revision that all pages show, where it is not now: `?at=398` in every address.

let shown: number | undefined

/** Said by the router before anything below the project is drawn. */
export function showAsOf(revision: number | undefined) {
  shown = revision
}

/** The revision that is shown; undefined for now. */
export const asOf = (): number | undefined => shown

const read =
  /^\/projects\/[^/]+\/(resources|export|environments\/[^/]+\/(flags|routes|segments|services|listeners)(\/|$))/

/** What a request for configuration adds, so that it answers as of then. */
export const asked = (path: string): { at?: number } =>
  shown !== undefined && read.test(path) ? { at: shown } : {}
