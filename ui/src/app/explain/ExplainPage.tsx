import { EmptyState } from '@/ui/Feedback'

export default function ExplainPage() {
  return (
    <div className="page">
      <EmptyState title="Explain" />
    </div>
  )
}
