import { useState } from 'react'
import { AllSessions } from './access/AllSessions'
import { Keys } from './access/Keys'
import { Members } from './access/Members'
import { Owners } from './access/Owners'
import { type Secret, SecretSheet } from './access/SecretSheet'
import { SecureMode } from './access/SecureMode'
import { Teams } from './access/Teams'
import { Tokens } from './access/Tokens'

/** Members, teams, owners, tokens, keys, and who is signed in. */
export default function Access() {
  const [shown, setShown] = useState<Secret>()
  return (
    <div className="stack">
      <Members onSecret={setShown} />
      <Teams />
      <Owners />
      <Tokens onSecret={setShown} />
      <Keys onSecret={setShown} />
      <SecureMode />
      <AllSessions />
      {shown && <SecretSheet shown={shown} onClose={() => setShown(undefined)} />}
    </div>
  )
}
