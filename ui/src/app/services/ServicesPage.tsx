import { EmptyState } from '@/ui/Feedback'

export default function ServicesPage() {
  return (
    <div className="page">
      <EmptyState title="Services" />
    </div>
  )
}
