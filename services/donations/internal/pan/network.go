package pan

// network is a range of first digits that a card network issues, and the lengths of its
// numbers.
type network struct {
	first, last       int // of as many digits as they have
	shortest, longest int
}

// networks are those whose cards are in use. Source: ISO/IEC 7812 ranges as the networks
// publish them, as of 2026.
var networks = []network{
	{4, 4, 13, 13}, {4, 4, 16, 16}, {4, 4, 19, 19}, // Visa
	{51, 55, 16, 16}, {2221, 2720, 16, 16}, // Mastercard
	{34, 34, 15, 15}, {37, 37, 15, 15}, // American Express
	{300, 305, 14, 19}, {3095, 3095, 14, 19}, {36, 36, 14, 19}, {38, 39, 14, 19}, // Diners Club
	{6011, 6011, 16, 19}, {644, 659, 16, 19}, // Discover, Troy, RuPay
	{3528, 3589, 16, 19},               // JCB
	{62, 62, 16, 19}, {81, 82, 16, 19}, // UnionPay, RuPay
	{2200, 2204, 16, 19},                       // Mir
	{9112, 9112, 16, 16},                       // Belkart
	{8600, 8600, 16, 16}, {9860, 9860, 16, 16}, // Uzcard, Humo
	{9792, 9792, 16, 16},               // Troy
	{50, 50, 16, 19}, {56, 58, 16, 19}, // Maestro, Verve, Dankort
	{60, 61, 16, 19}, {63, 63, 16, 19}, {66, 69, 16, 19}, // Maestro, Hipercard, InterPayment
}

// issued reports whether a network issues numbers that begin so and are so long.
func issued(digits []byte) bool {
	for _, n := range networks {
		if len(digits) >= n.shortest && len(digits) <= n.longest && n.holds(digits) {
			return true
		}
	}
	return false
}

// holds reports whether digits begin within the range.
func (n network) holds(digits []byte) bool {
	begin := 0
	for size, i := n.last, 0; size > 0; size, i = size/10, i+1 {
		begin = begin*10 + int(digits[i])
	}
	return begin >= n.first && begin <= n.last
}
