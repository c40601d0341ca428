// The API's shapes, as `/api/v1` answers them; kept by hand beside `/api/openapi.json`, which the server
// makes from its own code.
// Times are RFC 3339. Weights count in 100,000ths. Everything under /api/v1 answers JSON; what fails
// answers `application/problem+json` (Problems).

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type Kind = 'flag' | 'targeting' | 'segment' | 'service' | 'listener' | 'route' | 'guardrail'
export interface ResourceId { environment?: string; kind: Kind; key: string }

// RFC 9457. `problems` lists every mistake of the input; `conflicts` only on a refused revert.
export interface Problem { resource?: ResourceId; path: string; value?: Json; reason: string; hint?: string }
export interface Problems {
  type: string; title: string; status: number; detail: string; instance?: string
  problems?: Problem[]; conflicts?: Conflict[]; guardrails?: Verdict[]; permission?: { action: Action; leastRole: Role; grantedBy: string[]; target?: string; policy?: { key: string; name: string; words: string } }; missing?: Missing
}
export interface Conflict { resource: ResourceId; path: string; base?: Json; now?: Json; wanted?: Json
  nowSentence?: Sentence; wantedSentence?: Sentence // what became of the resource since, and what should; of a change only
  laterRevision?: number; laterAuthor?: string }

export type Role = 'viewer' | 'product' | 'developer' | 'operator' | 'admin'
export type Action = 'view' | 'editFlags' | 'editTraffic' | 'revert' | 'approve' | 'breakGlass' | 'manageKeys' | 'administer'

// GET /session (401 when signed out) · POST /session {token} (one-time link's or an API token) sets the
// cookie and answers Session · DELETE /session
export interface Session { member: Member; actions: Action[]; projects: Project[] }
export interface Member { id: string; name: string; role: Role; email?: string; active: boolean; teams: string[]; ways: Way[] }
// GET /session/ways → Ways (open to all) · POST /session {email, password} · GET /account → Account
// PUT /account/password {current?, new} · DELETE /account/sessions → {ended} · DELETE /sessions/{id}
// GET /sessions (admin) → SignedInSession[] · DELETE /members/{id}/sessions · DELETE /members/{id}/password
export type Way = 'link' | 'password' | 'openId' | 'token'
export interface Ways { password: boolean; provider?: string /* GET /session/provider?return= leads there */; failed?: string }
export interface SignedInSession { id: string; who: string; whoName: string; way: Way; browser?: string; address?: string; createdAt: string; usedAt: string; endsAt: string; current: boolean }
export interface Account { email?: string; mayHavePassword: boolean; hasPassword: boolean; asksCurrent: boolean; hasIdentity: boolean; sessions: SignedInSession[] }
// GET /teams · PUT /teams/{key} {name?, members: id[], expectedVersion?} (admin) → Team · DELETE /teams/{key}
export interface Team { key: string; name: string; version: number; members: { id: string; name: string }[] }
// GET /projects/{p}/owners → Owner[] · POST /projects/{p}/owners/hand-over {to, from?, targets?, reason?} → 201 ChangeView, a draft
export interface Owner { owner?: string; name: string; why?: string; count: number; resources: { target: ResourceId; title: string }[] }
export interface Project { key: string; name: string; head: number; environments: Environment[] }
// PATCH /projects/{p}/environments/{e} {name?, production?, requiredApprovals?, approvalsFrom?, ownersApprove?} (admin) → Environment
export interface Environment { key: string; name: string; production: boolean; requiredApprovals: number /* 0 to 10 */; approvalsFrom: { team: string; approvals: number }[]; ownersApprove: boolean; freezes: Freeze[] }
// As clocks in its zone show them: weekly "fri 16:00" to "mon 08:00", or once "2026-12-20T00:00" to …
export interface Freeze { reason: string; zone: string; weekly?: { from: string; until: string }; once?: { from: string; until: string } }

// Who may do what: GET /projects/{p}/policies → Policies · PUT …/policies/{key} {name, text, expectedVersion?} → Policy ·
// DELETE …/policies/{key} · POST …/policies/check {text, key?} → PolicyCheck
// GET /projects/{p}/why?who=&action=&environment=&kind=&key=&aspects= → Why
export type Deed = 'view' | 'propose' | 'apply' | 'approve' | 'comment' | 'revert' | 'breakGlass' | 'manageKeys' | 'administer'
export type Aspect = 'created' | 'deleted' | 'details' | 'owner' | 'tags' | 'managedBy' | 'variations' | 'clients' | 'archived' | 'on' | 'percentage'
  | 'rules' | 'targets' | 'prerequisites' | 'offVariation' | 'bucketing' | 'events' | 'members' | 'weights' | 'arms'
  | 'match' | 'forwarding' | 'endpoints' | 'mapping' | 'rule'
export type PolicyEffect = 'forbid' | 'permit'
export interface Policies { presets: Preset[]; items: Policy[]; schema: string }
export interface Preset { key: string; words: string; text: string }
export interface Policy { key: string; name: string; text: string; version: number; updatedAt: string; updatedBy: { id: string; name: string }; statements: { effect: PolicyEffect; words: string }[]; hidden: boolean; unreadable: boolean }
export interface PolicyMistake { line: number; column: number; length: number; reason: string; hint?: string }
export interface PolicyCheck { mistakes: PolicyMistake[]; statements: { effect: PolicyEffect; words: string }[]; locksOut?: string }
export interface Why {
  allowed: boolean; sentence: string; who: { id: string; name: string }; action: Deed; target: string
  by: { policy: string; name: string; preset: boolean; effect: PolicyEffect; words: string; via?: { role: Role } | { team: string } }[]
  aspects?: { aspect: Aspect; allowed: boolean; why?: string }[]
}

// Resources as in files: GET /projects/{p}/resources?kind=&environment=&key=&cursor=&limit=
export type Manifest = { kind: Kind; environment?: string; key: string } & { [field: string]: Json | undefined }

// Where a resource is edited; 'page' (or nothing) is here, by anybody who may.
export type Writer = 'page' | 'git' | 'launchdarkly'

// ---- Resource bodies -------------------------------------------------------------------------------
export interface Variation { id: string; value: Json; description?: string }
export interface Flag {
  key: string; name?: string; description?: string; owner?: string; tags?: string[]; managedBy?: Writer
  type: 'release' | 'experiment' | 'operational' | 'permission'
  expires?: string /* the last day it is meant to be there: 2026-12-01 */; archived?: boolean
  variations: Variation[]
  clientSideAvailability: { usingMobileKey: boolean; usingEnvironmentId: boolean }
}
export type Op = 'in' | 'startsWith' | 'endsWith' | 'matches' | 'contains' | 'lessThan' | 'lessThanOrEqual'
  | 'greaterThan' | 'greaterThanOrEqual' | 'before' | 'after' | 'semVerEqual' | 'semVerLessThan'
  | 'semVerGreaterThan' | 'segmentMatch'
export interface Clause { contextKind?: string; attribute: string; op: Op; values: Json[]; negate?: boolean }
export interface Rollout {
  kind?: 'rollout' | 'experiment'; contextKind?: string; bucketBy?: string; seed?: number
  variations: { variation: number; weight: number; untracked?: boolean }[]
}
export interface Serve { variation?: number; rollout?: Rollout }
export interface Rule extends Serve { id: string; description?: string; clauses: Clause[]; trackEvents?: boolean }
export interface Target { contextKind?: string; variation: number; values: string[] }
export interface Targeting {
  key: string; managedBy?: Writer; on: boolean; offVariation?: number; fallthrough: Serve
  rules?: Rule[]; targets?: Target[]; contextTargets?: Target[]; prerequisites?: { key: string; variation: number }[]
  // LaunchDarkly's, kept as they are:
  salt?: string; trackEvents?: boolean; trackEventsFallthrough?: boolean; debugEventsUntilDate?: number
  migration?: Json; samplingRatio?: number; excludeFromSummaries?: boolean
}
export interface Segment {
  key: string; name?: string; description?: string; owner?: string; tags?: string[]; managedBy?: Writer
  included?: string[]; excluded?: string[]
  includedContexts?: { contextKind: string; values: string[] }[]; excludedContexts?: { contextKind: string; values: string[] }[]
  rules?: { id: string; description?: string; clauses: Clause[]; weight?: number; bucketBy?: string; rolloutContextKind?: string }[]
  // LaunchDarkly's, kept as they are:
  salt?: string; unbounded?: boolean; unboundedContextKind?: string; generation?: number; list?: BigList
}
export type ArmAction =
  | { type: 'service'; service: string; subset: string }
  | { type: 'redirect'; location: string; status: number }
  | { type: 'fixed'; status: number; body: string; contentType?: string }
export type Split =
  | { by: 'weight'; contextKind: string; bucketBy: string
      arms: { id: string; weight: number; slices?: [number, number][]; action: ArmAction; fallback?: string }[] }
  | { by: 'flag'; flag: string; arms: { variation: string; action: ArmAction; fallback?: string }[] }
export type ValueMatch = 'present' | { exact: string } | { prefix: string } | { regex: string }
export interface Match {
  hosts?: string[]; path?: { exact: string } | { prefix: string } | { template: string }; methods?: string[]
  headers?: { name: string; value: ValueMatch }[]; query?: { name: string; value: ValueMatch }[]
}
export interface Route {
  key: string; name?: string; description?: string; owner?: string; tags?: string[]; managedBy?: Writer
  listener: string; priority?: number; match: Match; split: Split; timeoutMs?: number; rewritePath?: string
}
export type Source = { header: string } | { cookie: string } | { query: string } | 'address'
export interface Listener {
  key: string; name?: string; description?: string; owner?: string; tags?: string[]; managedBy?: Writer
  mapping: {
    contexts?: { kind: string; key: Source; attributes?: { name: string; from: Source; as?: 'string' | 'number' | 'boolean' | 'list' }[] }[]
    untrustedHeaders?: string[]
  }
}
export interface Service { key: string; name?: string; description?: string; owner?: string; tags?: string[]; managedBy?: Writer; subsets: { id: string; endpoints?: string[] }[] }

// ---- Sentences -------------------------------------------------------------------------------------
// A sentence is a list of parts; style says how it is set: text plain, strong bold, code mono
// (a variation, key, path), from struck-through old value, to bold new value.
export interface SentencePart { style: 'text' | 'strong' | 'code' | 'from' | 'to'; text: string }
export type Sentence = SentencePart[]

// ---- Flags (in one environment) --------------------------------------------------------------------
// GET /projects/{p}/environments/{e}/flags?q=&state=on|off|partial&tag=&owner=&type=&archived=&stale=&cursor=&limit=  → Page<FlagSummary>
export interface Page<T> { items: T[]; total: number; next?: string; revision: number }
export interface FlagSummary {
  key: string; name: string; type: Flag['type']; owner?: string; tags: string[]; expires?: string; archived: boolean; stale?: Sentence /* why it should go */; variations: Variation[]
  revision: number
  // one for each environment of the project
  environments: { environment: string; on: boolean; ruleCount: number; served: Share[]; sentence: Sentence; lastEvaluatedAt?: string }[]
}
// What was really served in the window (telemetry), by variation; percent 0..100 of `evaluations`.
export interface Share { variation: string; percent: number; evaluations: number; contexts: number }
// GET …/flags/{key}; ETag. 404 with problem.
export interface FlagDetail {
  flag: Flag; targeting: Targeting; flagRevision: number; targetingRevision: number; stale?: Sentence
  sentence: Sentence                       // "Beta testers get new; 10 % of the rest"
  environments: { environment: string; on: boolean; ruleCount: number; sentence: Sentence; served: Share[]; lastEvaluatedAt?: string }[]
  ruleSentences: { rule?: string; conditions: Sentence; serves: Sentence }[]   // last one (no rule) = everyone else
  usedBy: ResourceId[]
  served: { windowSeconds: number; sample: number; shares: Share[]; byRule: { rule?: string; reason: string; percent: number; evaluations: number }[]; lastEvaluatedAt?: string }
}

// GET …/flags/{key}/usage?days=30: by hour up to 7 days, else by day
export interface FlagUsage {
  from: string; step: number; variations: { variation: string; evaluations: number[] }[]
  askers: Asker[]; outcomes: { event: string; variation: string; count: number; total: number }[]
}
export interface Asker { by: string /* application or SDK */; first: string; last: string; count: number }
// GET …/unknown-flags: asked for in the last 30 days, and not there
export interface UnknownFlags { flags: UnknownFlag[] }
export interface UnknownFlag { key: string; archived: boolean; count: number; first: string; last: string; askers: Asker[] }
// GET /projects/{p}/code-references?flag= · PUT, DELETE …/code-references/{repository} (find-flags)
export interface CodeReferences {
  repositories: { name: string; branch: string; commit: string; searched: number; references: number; uploadedAt: string; uploadedBy: string }[]
  references: { repository: string; path: string; line: number; text: string; alias?: string; link?: string }[]
  unreferenced: string[]
}
// GET …/contexts?q=: seen in the last day · POST …/contexts/served {context, at?}
export interface SeenContexts { seen: number; contexts: Json[] }
export interface ServedToContext { revision: number; flags: ServedTo[] }
export interface ServedTo { key: string; name: string; variation?: string; value: Json; why: Sentence }

// ---- Routes ----------------------------------------------------------------------------------------
// GET /projects/{p}/environments/{e}/routes?q=&cursor=&limit= → Page<RouteSummary>
export interface ArmTraffic {
  arm: string; leadsTo: string; weight?: number
  requestsPerSecond: number; sharePercent: number; errorPercent: number; p50Ms?: number; p95Ms?: number
  endpoints: { healthy: number; total: number }; series: number[]       // requests per bucket of Traffic.step, newest last
}
export interface RouteSummary {
  key: string; name: string; owner?: string; listener: string; revision: number
  matchSentence: Sentence; sentence: Sentence; by: 'weight' | 'flag'; flag?: string; arms: ArmTraffic[]
  requestsPerSecond: number; errorPercent: number; order: number        // 1 = tried first on its listener
}
// GET …/routes/{key}
export interface RouteDetail extends RouteSummary { route: Route; listenerSpec: Listener; windowSeconds: number; requests: number }

// GET /projects/{p}/environments/{e}/segments | services | listeners → Page<Manifest & {revision:number}>

// ---- Traffic ---------------------------------------------------------------------------------------
// GET /projects/{p}/environments/{e}/traffic?seconds=900 → Traffic (Home's plots). Buckets of `step` seconds.
export interface Traffic {
  from: string; step: number
  requests: number[]; errors: number[]; p95Ms: (number | null)[]; evaluations: number[]   // per bucket
  now: { requestsPerSecond: number; errorPercent: number; p95Ms?: number; evaluationsPerSecond: number }
  revisions: { number: number; at: string }[]                              // marks inside the window
}
// GET …/traffic/flags/{key}?seconds=900
export interface FlagTraffic { from: string; step: number; variations: { variation: string; evaluations: number[] }[] }
// GET …/traffic/routes/{key}?seconds=900
export interface RouteTraffic { from: string; step: number; arms: { arm: string; requests: number[]; errors: number[]; p95Ms: (number | null)[] }[] }
// GET …/nodes: who acts on the snapshot
export interface Nodes { revision: number; nodes: Node[]; streams: number /* connected SDK streams */ }
export interface Node { id: string; kind: 'gateway' | 'sdk'; revision: number; state: 'acknowledged' | 'sent' | 'refused' | 'behind' | 'gone'; reason?: string; since: string }

// ---- Changes ---------------------------------------------------------------------------------------
export interface Edit { target: ResourceId; op: EditOp }
export type EditOp =
  | { type: 'put'; resource: Manifest } | { type: 'delete' }            // put.resource: without `environment`
  | { type: 'setManagedBy'; writer: Writer }
  | { type: 'setDetails'; name?: string; description?: string; owner?: string; tags?: string[] }
  | { type: 'setLifecycle'; flagType?: Flag['type']; expires?: string /* empty takes it away */; archived?: boolean }
  | { type: 'addVariation'; variation: Variation } | { type: 'setVariation'; variation: Variation } | { type: 'removeVariation'; id: string }
  | { type: 'setOn'; on: boolean }
  | { type: 'setServe'; rule?: string; serve: Serve }
  | { type: 'addRule'; rule: Rule; index?: number } | { type: 'setClauses'; rule: string; clauses: Clause[] }
  | { type: 'removeRule'; rule: string } | { type: 'moveRule'; rule: string; index: number }
  | { type: 'setTargets'; contextKind?: string; variation: number; values: string[] }
  | { type: 'setPrerequisites'; prerequisites: { key: string; variation: number }[] }
  | { type: 'setOffVariation'; variation: number | null }
  | { type: 'setWeights'; weights: { [arm: string]: number } }
  | { type: 'setSplit'; split: Split } | { type: 'setMatch'; match: Match }
  | { type: 'setArm'; arm: string; action: ArmAction; fallback?: string }

// POST /projects/{p}/changes {title?, reason?, edits} → 201 ChangeView (a draft)
// GET  /projects/{p}/changes?state=draft&author=me → Page<ChangeView>
// GET /projects/{p}/changes/{n} · PUT (If-Match: "v<version>") {title, reason, edits} · DELETE gives it up
// POST /projects/{p}/changes/{n}/apply {title?, reason?, expectedHead?} → RevisionView; 409 Problems when
//      an edit no longer fits; 422 when problems; 403 when not allowed.
// POST /projects/{p}/changes/check {edits} → Check: what it would do; nothing is kept.
// GET  /projects/{p}/changes?awaiting=me       in review, and waiting for an approval that the caller can give
// POST …/changes/{n}/submit {title?, reason?, reviewers?}   the author sends it for review · POST …/withdraw  back to a draft
// POST …/changes/{n}/reviews {verdict, note?, difference}   409 when `difference` is not the present one; never by its author
// POST …/changes/{n}/apply {…, breakGlass?: {reason}}       403 or 409 that names the approvals that are missing
// Where approval is required, revert, restore and apply of files answer 202 with a change in review.
export type ChangeState = 'draft' | 'inReview' | 'approved' | 'scheduled' | 'applied' | 'rejected'
export interface ChangeView {
  number: number; title: string; reason: string; author: string; authorName: string
  state: ChangeState; version: number; base: number; revision?: number
  createdAt: string; updatedAt: string; edits: Edit[]; check: Check
  links: string[]
  origin?: Origin                          // where that is not a person's own edits: a revert, files, a trigger
  after: Neighbour[]                       // applied before it; while one is open, it is tried on top of that
  followers: Neighbour[]                   // the open ones that come right after it
  difference: string | null                // SHA-256 of what would result on the present head; null where it does not fit
  review: Review
  comments: number
  schedule?: ScheduleView                  // if it was ever scheduled
}
export interface Neighbour { number: number; title: string; authorName: string; state: ChangeState; revision?: number }
// PUT /projects/{p}/changes/{n}/order (If-Match) {after: number[]} → ChangeView
// POST /projects/{p}/changes/{n}/resolve (If-Match) {choices: {resource, path, keep: 'now' | 'change', revision?}[]} → ChangeView
// GET /projects/{p}/notices → Notice[]: where one is mentioned and has not answered, and which own changes stopped
export interface Notice { kind: 'mention' | 'stopped'; change: number; title: string; whoName?: string; at: string; edit?: number; text: string }
// POST /projects/{p}/changes/{n}/schedule {applyAt?, revertAt?, revertAfterSeconds?, zone, ifFrozen?, graceSeconds?, dryRun?} → ScheduleView
// DELETE /projects/{p}/changes/{n}/schedule → ScheduleView · GET /projects/{p}/schedules?waiting= → ScheduleView[]
export type IfFrozen = 'wait' | 'stop'
export interface ScheduleView {
  change: number; title: string; touches: ResourceId[]; by: string; byName: string; madeAt: string; zone: string; applyAt?: string; revertAt?: string
  revertAfter?: number; ifFrozen: IfFrozen; grace: number; state: 'toApply' | 'toRevert' | 'done' | 'stopped' | 'cancelled'; step: number
  waitsUntil?: string; revision?: number; reverted?: number; notice?: string; sentence: string; notes: string[]
}
export interface Review {
  requirements: Requirement[]
  reviews: GivenReview[]                        // every verdict, oldest first
  reviewers: { id: string; name: string }[]   // who was asked
  may: { submit: Permit; withdraw: Permit; approve: Permit; reject: Permit; apply: Permit; breakGlass: Permit }   // the caller
  brokeGlass?: { who: string; whoName: string; reason: string; at: string; reviewed?: { who: string; whoName: string; at: string } }
}
export interface Permit { allowed: boolean; why?: string /* the end of a sentence */ }
export interface Requirement {
  reason: string; approvals: number; have: number
  source: { type: 'environment'; environment: string } | { type: 'team'; environment: string; team: string } | { type: 'owner'; target: ResourceId; owner: string } | { type: 'hidden' }
}
export interface Missing { change?: number; approvals: { reason: string; approvals: number; have: number; from: string[]; help: string }[]; rejectedBy: string[]; breakGlass: string[] }
export interface GivenReview {
  who: string; whoName: string; verdict: 'approve' | 'reject'; at: string; note: string
  difference: string | null; valid: boolean; voidBecause?: string
}
// GET, POST …/changes/{n}/comments {text, edit?}; a member is mentioned as @member-id in the text
export interface Comment { id: number; who: string; whoName: string; at: string; text: string; edit?: number; mentions: { id: string; name: string }[] }

// ---- Impact ----------------------------------------------------------------------------------------
// POST /projects/{p}/environments/{e}/impact {edits, examples?: 0..50} → Impact
// POST /projects/{p}/changes/{n}/impact → {environments: {[environment]: Impact}}
export interface Impact {
  head: number
  sample: {
    contexts: number; contextsSeen: number; requests: number; requestsSeen: number   // looked at, and estimated in all
    from: string | null; to: string | null; seconds: number; enough: boolean; note: string | null
    missing: { contextKind: string; attribute: string; because: string }[]
  }
  flags: FlagImpact[]
  routes: { route: string; name: string; requests: number; moved: number; moves: { from: string | null; to: string | null; requests: number }[] }[]
  services: { service: string; subset: string; beforePercent: number; afterPercent: number; beforeRps: number; afterRps: number }[]
  dependents: { target: ResourceId; why: string }[]
  contextsMoved: number; requestsMoved: number
}
export interface Served { variation: number; label: string }
export interface FlagImpact {
  flag: string; name: string; asked: number; moved: number
  moves: { from: Served | null; to: Served | null; contexts: number }[]
  by: { contextKind: string; attribute: string; value: Json; contexts: number }[]
  examples: { key: string; contextKind: string; attributes: { [name: string]: Json }; from: Served | null; to: Served | null; why: string; whyBefore: string }[]
}
export interface Check {
  head: number; ok: boolean; problems: Problem[]
  edits: EditView[]                        // one for each edit, in order
  environments: string[]                   // whose compiled snapshot it would alter
  guardrails: Verdict[]
  hidden?: number                          // edits left out: those in environments that the reader may not see
  conflicts?: Conflict[]                   // where a later revision changed the same field: a side can be chosen
}
// A change is judged by the guardrails before it (now) and after it; `both` where they are the same.
export interface Verdict { key: string; name: string; effect: 'warn' | 'block'; passed: boolean; message: string; error?: string; set: 'now' | 'after' | 'both'; owner?: string }
export interface EditView {
  target: ResourceId; op?: EditOp; sentence: Sentence; title: string /* what people call the resource */
  difference: { path: string; before?: Json; after?: Json }[]
}

// ---- History ---------------------------------------------------------------------------------------
// GET /projects/{p}/revisions?before=&limit=&environment=&kind=&key=&author=&q= → Page<RevisionView>, newest first
// GET /projects/{p}/revisions/{n} → RevisionView with edits
// POST /projects/{p}/revisions/{n}/revert {reason?, dryRun} and /restore {reason?, environment?, dryRun}
//   → dryRun: Check (+ conflicts as 409 Problems); else RevisionView
export type Origin = { type: 'change'; number: number } | { type: 'files' } | { type: 'revert'; of: number }
  | { type: 'restore'; to: number; environment?: string } | { type: 'setup' }
  | { type: 'trigger'; trigger: string; name: string; payload?: string } // payload: how the call began, as it came
  | { type: 'git'; repository: string; branch: string; commit: string }
  | { type: 'launchdarkly'; environment: string; uri: string }
export interface RevisionView {
  number: number; at: string; author: string; authorName: string; title: string; reason: string
  origin: Origin
  edits: EditView[]; environments: string[]; revertedBy?: number
  hidden?: number                  // edits left out: those in environments that the reader may not see
  guardrails?: Verdict[]           // what those of its time say of it; left out of lists
}

// ---- Explain ---------------------------------------------------------------------------------------
// POST /projects/{p}/environments/{e}/explain {method, url, headers: {[name]: string}, edits?: Edit[]} → Explanation
export interface Explanation {
  revision: number; sentence: Sentence
  removedHeaders: string[]
  context: Json                                                     // LaunchDarkly's form
  routes: { key: string; matched: boolean; reason: string }[]       // as tried
  flag?: { key: string; variation?: string; value: Json; reason: Json; steps: { sentence: Sentence; matched: boolean }[]; bucket?: number }
  split?: { by: 'weight' | 'flag'; arm: string; bucket?: number; sticky: boolean }
  action?: ArmAction; steps: { title: Sentence; detail: string }[]
}

// ---- Keys, tokens, members (Settings) --------------------------------------------------------------
// GET /projects/{p}/environments/{e}/keys → EnvironmentKey[] (no secrets) · POST …/keys/{kind}/rotate {overlapSeconds} → {key, secret}
export interface EnvironmentKey { id: string; kind: 'sdk' | 'mobile' | 'clientSide'; hint: string; value?: string /* clientSide only */; createdAt: string; expiresAt?: string }
// GET /projects/{p}/environments/{e}/secure-mode → SecureMode · PUT {on}
export interface SecureMode { on: boolean; ready: boolean; words: string }
// GET /tokens · POST /tokens {name, role, expiresAt?} → {token, secret} shown once · DELETE /tokens/{id}
export interface ApiToken { id: string; name: string; role: Role; project?: string; hint: string; createdBy: string; team?: string; createdAt: string; expiresAt?: string; lastUsedAt?: string; previousUntil?: string }
// GET /members · POST /members {name, email?, role} · PATCH /members/{id} {role?, active?} · POST /members/{id}/sign-in-link → {url}

// ---- Git -------------------------------------------------------------------------------------------
// GET /projects/{p}/git → GitView · PUT {…GitSettings, but only url and one branch must be said} → GitView · DELETE
// POST /projects/{p}/git/sync → GitView, once the repository was looked at
export interface GitSettings {
  url: string; mirror?: string; follow?: string; proposals?: string; role: Role; believeAuthors: boolean; apply: boolean
  statuses?: GitStatuses; everySeconds: number
}
export interface GitStatuses { api: string; repository: string; tokenFile: string }
export interface GitView { settings?: GitSettings; seen?: GitSeen; head: number; drift: Drift[] }
export interface GitSeen { at: string; error?: string; mirror?: MirrorSeen; branches: BranchSeen[] }
export interface MirrorSeen { branch: string; commit?: string; revision: number; stopped?: string }
export interface BranchSeen {
  branch: string; commit: string; title: string; author: string
  state: 'same' | 'open' | 'applied' | 'rejected' | 'refused'; words: string; change?: number; problems: Problem[]
}
// What Git manages and is not as Git has it; in the difference `after` is what Git has.
export interface Drift { target: ResourceId; title: string; sentence: Sentence; difference: EditView['difference']; revision?: number }

// ---- Big lists -------------------------------------------------------------------------------------
// POST /projects/{p}/lists?onto=&side=&mode= (text/csv, one key a line) → ListMade · GET /projects/{p}/lists/{hash}?side= → text/csv
export interface BigList { hash: string; included: number; excluded: number }
export interface ListMade { list: BigList; added: number; removed: number }
// GET /projects/{p}/environments/{e}/big-segments → BigSegmentsView
export interface BigSegmentsView { environment: string; store?: StoreView; segments: BigSegmentView[] }
export interface StoreView {
  address: string; prefix: string; state: 'connecting' | 'inStep' | 'writing' | 'failing'; words: string
  inStepAt?: string; failingSince?: string; failed?: { why: string; hint: string }; behind: number
}
export interface BigSegmentView { key: string; list: BigList; erased: number; store?: InStore }
export interface InStore { state: 'inStep' | 'behind' | 'missing' | 'unknown' | 'notAsked'; words: string; toAdd?: number; toRemove?: number }

// ---- Upstream --------------------------------------------------------------------------------------
// GET /projects/{p}/environments/{e}/upstream → UpstreamView · PUT {uri, sdkKey?} → UpstreamView · DELETE ?remove=true → UpstreamLeft
export interface UpstreamView { environment: string; settings?: UpstreamSet; seen?: UpstreamSeen; words: string; flags: number; segments: number }
export interface UpstreamSet { uri: string; keyEnds: string; by: { id: string; name: string }; at: string }
export interface UpstreamSeen { state: 'connecting' | 'following' | 'lost'; since: string; error?: string; heard?: string; leftOut: LeftOut[] }
export interface LeftOut { kind: Kind; key: string; stays: boolean; taken: boolean; reasons: string[] }
export interface UpstreamLeft { revision?: number; change?: number; words: string }

// ---- Events ----------------------------------------------------------------------------------------
// GET /projects/{p}/events (SSE; cookie or bearer). Events:
//   event: revision  data: {"number":413,"environments":["production"],"kinds":["flag"]}
//   event: change    data: {"number":12,"version":3,"state":"draft"}
//   event: nodes     data: {"environment":"production","revision":413,"acknowledged":1,"nodes":1}
//   event: traffic   data: {}        (a tick each 2 s while there is traffic: refetch what is on screen)
// The first event is `hello` {"head":412,"quietMs":5120}: since when nothing has happened, null for never. Comments as heartbeats every 15 s.

// ---- Files -----------------------------------------------------------------------------------------
// POST /projects/{p}/apply {manifests: Manifest[], message?, dryRun?, environment?} → Check (dry run) | RevisionView | Check when nothing changed
// GET /projects/{p}/export?environment= → Manifest[]

// ---- Audit -----------------------------------------------------------------------------------------
// GET /audit?before=&limit=&who=&what=&target=&from=&until=&q= → AuditPage, newest first · GET /audit/export → JSON lines ·
// GET /audit/verify?head= → Verification · DELETE /members/{id}/personal-data
export interface AuditLine {
  seq: number; at: string; who: string; whoName: string; what: string; target: string
  sentence: string; detail: Json; personal?: Json; erased: boolean; hash?: string
}
export interface AuditPage { items: AuditLine[]; total: number; next?: string }
export interface Verified { lines: number; unchained: number; revisions: number; head: string; noted?: number }
export interface Verification { ok: boolean; problem?: string; broken?: Json; verified?: Verified }

// ---- Guardrails ------------------------------------------------------------------------------------
// A resource of the project. GET /projects/{p}/guardrails/pack → Guardrail[] (good defaults) ·
// POST /projects/{p}/guardrails/try {guardrail, revisions?: 200} → {tried, results}
export interface Guardrail {
  key: string; name?: string; description?: string; owner?: string; tags?: string[]; managedBy?: Writer
  rule: string                             // CEL; must be true
  message: string; effect?: 'warn' | 'block' /* warn */; environments?: string[] /* all */; enabled?: boolean /* true */
  reverts?: boolean                        // blocks reverts, restores and flags turned off too; these are only warned else
}
export interface Tried { tried: number; stopped: number; results: { revision: number; title: string; passed: boolean; stopped: boolean; message: string; error?: string }[] }

// ---- Webhooks and triggers -------------------------------------------------------------------------
// GET /projects/{p}/webhooks → Webhooks; POST {name, kind, url, toMe?, filter?} → WebhookCreated
// PATCH|DELETE …/webhooks/{id}; POST …/{id}/rotate → WebhookCreated; POST …/{id}/test → WebhookDelivery
// GET …/{id}/deliveries → Page<WebhookDelivery>; POST …/deliveries/{delivery}/send → 202
// GET /projects/{p}/triggers → Trigger[]; POST → TriggerCreated; PATCH|DELETE …/{id}; POST …/{id}/rotate → TriggerCreated
// GET …/triggers/{id}/firings → Page<TriggerFiring>
export type WebhookKind = 'standard' | 'slack'
export interface WebhookFilter { events: string[]; environments: string[]; kinds: Kind[] } // empty is everything
export interface Webhook {
  id: string; name: string; kind: WebhookKind; url: string; member?: { id: string; name: string }
  filter: WebhookFilter; active: boolean; stopped?: string; previousSecretUntil?: string
  createdBy: { id: string; name: string }; createdAt: string; newest?: WebhookDelivery
}
export interface EventKind { name: string; means: string }
export interface Webhooks { items: Webhook[]; events: EventKind[] }
export interface WebhookCreated { webhook: Webhook; secret?: string }
export interface WebhookDelivery {
  id: string; event: string; state: 'waiting' | 'delivered' | 'failed'; createdAt: string; attempts: number
  nextAt?: string; lastAt?: string; status?: number; milliseconds?: number; error?: string; answer?: string; body: Json
}
export type TriggerSource = 'any' | 'alertmanager'
export interface Trigger {
  id: string; name: string; source: TriggerSource; hint: string; requireSignature: boolean; revertOnResolved: boolean
  active: boolean; title: string; reason: string; edits: Edit[]; check: Check; maker: { id: string; name: string }
  powerless?: string; createdAt: string; newest?: TriggerFiring
}
export interface TriggerCreated { trigger: Trigger; url: string; signingSecret?: string }
export interface TriggerFiring {
  number: number; at: string; outcome?: string; detail: string; excerpt: string; revision?: number; change?: number
}
