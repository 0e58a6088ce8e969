package reconcile

// Seal gives a plan that a test put together the digest of its content.
func (p *Plan) Seal() { p.Digest = p.sum() }
