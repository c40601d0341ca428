import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { ListMade, Segment } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Details } from '@/ui/Details'
import { Failure } from '@/ui/Feedback'
import { Select } from '@/ui/Field'
import { number } from '@/ui/time'
import { BigStore, BigStoreMark } from './BigStore'
import './segments.css'

type Side = 'included' | 'excluded'
type Mode = 'replace' | 'add' | 'remove'

/** A segment's big list: how many keys it has, and a file to make it another one in the change. */
export function BigKeys({
  segment,
  refused,
  onSet,
}: {
  segment: Segment
  refused: string | undefined
  onSet: (big: Partial<Segment>) => void
}) {
  const { project } = useScope()
  const { list } = segment
  const [file, setFile] = useState<File>()
  const [side, setSide] = useState<Side>('included')
  const [mode, setMode] = useState<Mode>('replace')
  const upload = useMutation({
    mutationFn: (body: File) =>
      api<ListMade>('POST', path`/projects/${project.key}/lists`, {
        params: { side, mode, onto: list?.hash },
        body,
      }),
    onSuccess: (made) => onSet({ unbounded: true, generation: segment.generation ?? 1, list: made.list }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (file) upload.mutate(file)
  }
  const keys = (of: Side) => `/api/v1${path`/projects/${project.key}/lists/${list?.hash ?? ''}`}?side=${of}`
  return (
    <Details
      summary={
        list
          ? `Big list: ${number(list.included)} keys in, ${number(list.excluded)} out`
          : 'A big list, from a file with up to 1,000,000 keys'
      }
      more={list && <BigStoreMark segment={segment.key} />}
    >
      <form className="stack tight" onSubmit={submit}>
        {list && (
          <p className="s t2">
            Its keys are no part of the change; the list is named by what is in it.{' '}
            <a className="link" href={keys('included')} download={`${segment.key}.csv`}>
              Download those in
            </a>
            {list.excluded > 0 && (
              <>
                {' · '}
                <a className="link" href={keys('excluded')} download={`${segment.key}-excluded.csv`}>
                  those out
                </a>
              </>
            )}
          </p>
        )}
        {list && <BigStore segment={segment.key} hash={list.hash} />}
        <div className="labelled">
          <label htmlFor={`big-${segment.key}`}>A file, one key a line</label>
          <input
            id={`big-${segment.key}`}
            type="file"
            className="big-file"
            accept=".csv,.txt,text/csv,text/plain"
            disabled={!!refused}
            title={refused}
            onChange={(event) => setFile(event.target.files?.[0])}
          />
        </div>
        <div className="row wrap">
          <Select
            label="What they are"
            value={mode}
            onChange={(event) => setMode(event.target.value as Mode)}
          >
            <option value="replace">all there are</option>
            <option value="add">more of them</option>
            <option value="remove">no more there</option>
          </Select>
          <Select label="Of those" value={side} onChange={(event) => setSide(event.target.value as Side)}>
            <option value="included">who are in</option>
            <option value="excluded">who are out</option>
          </Select>
        </div>
        <Failure error={upload.error} />
        <div className="row">
          <Button
            type="submit"
            small
            look="edited"
            refused={refused ?? (file ? undefined : 'Choose a file first.')}
            disabled={upload.isPending}
          >
            {upload.isPending ? 'Reading…' : 'Add to change'}
          </Button>
          {upload.data && (
            <span className="s t2">
              +{number(upload.data.added)} −{number(upload.data.removed)} keys
            </span>
          )}
        </div>
      </form>
    </Details>
  )
}
