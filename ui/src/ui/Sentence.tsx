import type { Sentence as Parts } from '@/api/types'
import './sentence.css'

/** The backend's words, as it wrote them; what was is struck through, what will be is bold. */
export function Sentence({ parts }: { parts: Parts }) {
  return (
    <span className="sen">
      {parts.map(({ style, text }, i) => {
        // "20 %" and short names stay on one line.
        const short = text.length < 24 ? 'nowrap' : undefined
        switch (style) {
          case 'strong':
            return (
              <b key={i} className={short}>
                {text}
              </b>
            )
          case 'code':
            return (
              <code key={i} className={short}>
                {text}
              </code>
            )
          case 'from':
            return (
              <s key={i} className={`was ${short ?? ''}`}>
                {text}
              </s>
            )
          case 'to':
            return (
              <b key={i} className={short}>
                {text}
              </b>
            )
          default:
            return text
        }
      })}
    </span>
  )
}

/** The same as plain words, for labels and titles. */
export const plain = (parts: Parts): string => parts.map((part) => part.text).join('')
