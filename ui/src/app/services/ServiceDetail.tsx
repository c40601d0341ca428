import { useState } from 'react'
import type { Service } from '@/api/types'
import { Button, IconButton } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Details } from '@/ui/Details'
import { Field } from '@/ui/Field'
import { State } from '@/ui/State'
import { DetailFields } from '../resources/DetailFields'
import { KeyList } from '../resources/KeyList'
import { ManagedMark } from '../resources/ManagedMark'
import { useResourceDraft } from '../resources/useResourceDraft'

type Listed = Service & { revision: number }

/** A service's versions and where each listens, to be edited into the change. */
export function ServiceDetail({ service, onClose }: { service: Listed; onClose: () => void }) {
  const { live, draft, edited, refused, set, drop, forbidden, takeOver, handToGit, target } =
    useResourceDraft('service', service, 'editTraffic')
  const [id, setId] = useState('')
  const subset = (at: string, endpoints: string[]) =>
    set({
      ...draft,
      subsets: draft.subsets.map((each) =>
        each.id === at ? { id: at, ...(endpoints.length > 0 ? { endpoints } : {}) } : each,
      ),
    })
  const taken = draft.subsets.some((each) => each.id === id.trim())
  return (
    <Card
      edited={edited}
      title={draft.name ?? draft.key}
      more={
        <>
          <ManagedMark
            {...{ target, live, draft }}
            refused={forbidden}
            onTakeOver={takeOver}
            onHandOver={handToGit}
          />
          {edited && (
            <>
              <State kind="edited">in your change</State>
              <Button small look="quiet" icon="undo" onClick={drop}>
                Take back
              </Button>
            </>
          )}
          <Button small look="quiet" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div className="stack">
        {draft.description && <p className="t2">{draft.description}</p>}
        {draft.subsets.map((each) => (
          <section key={each.id}>
            <div className="row between">
              <h3 className="mono">
                {each.id} {!live.subsets.some(({ id }) => id === each.id) && <State kind="edited">new</State>}
              </h3>
              {!refused && draft.subsets.length > 1 && (
                <IconButton
                  icon="trash"
                  label={`Take subset ${each.id} away`}
                  onClick={() => set({ ...draft, subsets: draft.subsets.filter(({ id }) => id !== each.id) })}
                />
              )}
            </div>
            <KeyList
              label={`Addresses of ${each.id}`}
              one="address"
              many="addresses"
              values={each.endpoints ?? []}
              refused={refused}
              onSave={(endpoints) => subset(each.id, endpoints)}
            />
          </section>
        ))}
        {!refused && (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              if (!id.trim() || taken) return
              set({ ...draft, subsets: [...draft.subsets, { id: id.trim() }] })
              setId('')
            }}
          >
            <Field
              label="A new subset"
              hideLabel
              placeholder="A new subset, as v3"
              value={id}
              {...(taken ? { error: 'It has one of this name.' } : {})}
              onChange={(event) => setId(event.target.value)}
            />
            <Button type="submit" small look="edited" disabled={!id.trim() || taken}>
              Add to change
            </Button>
          </form>
        )}
        <p className="note">
          Addresses that discovery finds come on top of these and are no part of a change.
        </p>
        <Details summary="Name, owner, what it is for">
          <DetailFields value={draft} refused={refused} onSave={set} />
        </Details>
      </div>
    </Card>
  )
}
