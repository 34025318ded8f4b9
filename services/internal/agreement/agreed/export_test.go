package agreed

// NewTrusting makes a Store that takes rows for true.
func NewTrusting(o Options) *Store {
	s := New(o)
	s.trusting = true
	return s
}
