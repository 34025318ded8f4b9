package pledge

// Forget returns a pledge as it is once its donor is forgotten: nothing more is paid, and
// the address that the donor went back to is not kept. The funds and amounts stay, which
// the books were made of.
func (p Pledge) Forget() Pledge {
	if !p.State.Ended() {
		p.State = Cancelled
	}
	p.ReturnURL = ""
	p.Version++
	return p
}
