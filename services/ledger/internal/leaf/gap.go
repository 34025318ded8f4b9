package leaf

// Gap is what a server gives out in place of a leaf that its tables do not have, or
// about which they disagree: a zero byte, which begins no leaf, and in words why.
func Gap(words string) []byte { return append([]byte{0}, words...) }

// IsGap reports whether something stands in place of a leaf, and the words.
func IsGap(raw []byte) (words string, gap bool) {
	if len(raw) == 0 || raw[0] != 0 {
		return "", false
	}
	return string(raw[1:]), true
}
