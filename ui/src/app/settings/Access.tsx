import { useState } from 'react'
import { Keys } from './access/Keys'
import { Members } from './access/Members'
import { type Secret, SecretSheet } from './access/SecretSheet'
import { Tokens } from './access/Tokens'

/** Members, tokens and keys. */
export default function Access() {
  const [shown, setShown] = useState<Secret>()
  return (
    <div className="stack">
      <Members onSecret={setShown} />
      <Tokens onSecret={setShown} />
      <Keys onSecret={setShown} />
      {shown && <SecretSheet shown={shown} onClose={() => setShown(undefined)} />}
    </div>
  )
}
