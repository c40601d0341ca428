/** Production's solid square, any other environment's hollow one. */
export function EnvironmentMark({ production }: { production: boolean }) {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      {production ? (
        <path d="M0 0h10v10H0z" fill="currentColor" />
      ) : (
        <path d="M.75.75h8.500v8.500H.75z" fill="none" stroke="currentColor" strokeWidth="1.500" />
      )}
    </svg>
  )
}
