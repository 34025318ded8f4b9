package server

// WithTail sets how many leaves behind the published checkpoint books can be asked
// for.
func (s *Log) WithTail(leaves int64) { s.tail = leaves }
