// Which of their drafts somebody works on, in each project. The others wait in Changes.

const name = (project: string) => `switchyard.draft.${project}`

/** Its number; 0 for none of them; undefined where nobody chose yet: then it is the newest. */
export function chosenDraft(project: string): number | undefined {
  try {
    const kept = localStorage.getItem(name(project))
    return kept === null ? undefined : Number(kept)
  } catch {
    return undefined
  }
}

export function chooseDraft(project: string, number: number) {
  try {
    localStorage.setItem(name(project), String(number))
  } catch {
    // Without storage it is the newest.
  }
}
