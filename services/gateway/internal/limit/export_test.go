package limit

// Buckets returns how many callers l remembers.
func Buckets(l *Limiter) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}
