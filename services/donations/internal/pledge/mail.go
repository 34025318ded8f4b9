package pledge

// Mail is the address of a donor who wants to be told once that the payment has come.
type Mail struct {
	// Sealed is the address under the donor's key, Language one of package sheet's.
	Sealed   []byte
	Language string
}
