import { useState } from 'react'
import { AllSessions } from './access/AllSessions'
import { Keys } from './access/Keys'
import { Members } from './access/Members'
import { type Secret, SecretSheet } from './access/SecretSheet'
import { Tokens } from './access/Tokens'

/** Members, tokens, keys, and who is signed in. */
export default function Access() {
  const [shown, setShown] = useState<Secret>()
  return (
    <div className="stack">
      <Members onSecret={setShown} />
      <Tokens onSecret={setShown} />
      <Keys onSecret={setShown} />
      <AllSessions />
      {shown && <SecretSheet shown={shown} onClose={() => setShown(undefined)} />}
    </div>
  )
}
