package stripefake

// What happens to the charges of some test cards after they succeeded.
const (
	regretDispute = "dispute"
	regretInquiry = "inquiry"
	regretWarning = "warning"
	refundLate    = "late" // a refund is pending first
	refundBad     = "bad"  // a refund succeeds first and fails later
)

// card is what one of Stripe's test cards does.
type card struct {
	country, brand       string
	code, decline, words string // of a card that does not pay
	regret, refund       string // of one whose charge comes back, or whose refund is slow
}

// cardOf returns the behaviour of a test card, false for any other number: a
// real card has no business here. Source: Stripe, "Testing".
func cardOf(number string) (card, bool) {
	used, known := cards()[number]
	if used.country == "" {
		used.country = "US"
	}
	if used.brand == "" {
		used.brand = "visa"
	}
	return used, known
}

func cards() map[string]card {
	const declined, generic = "card_declined", "Your card was declined."
	return map[string]card{
		"4242424242424242": {},
		"5555555555554444": {brand: "mastercard"},
		"4000002760000016": {country: "DE"},
		"4000006160000005": {country: "PL"},
		"4000001120000005": {country: "BY"},
		"4000006430000009": {country: "RU"},
		"4000000000000002": {code: declined, decline: "generic_decline", words: generic},
		"4000000000009995": {code: declined, decline: "insufficient_funds", words: "Your card has insufficient funds."},
		"4000000000009987": {code: declined, decline: "lost_card", words: generic},
		"4000000000009979": {code: declined, decline: "stolen_card", words: generic},
		"4000000000006975": {code: declined, decline: "card_velocity_exceeded", words: "Your card has been declined for making repeated attempts too frequently or exceeding its amount limit."},
		"4100000000000019": {code: declined, decline: "fraudulent", words: generic},
		"4000000000000069": {code: "expired_card", decline: "expired_card", words: "Your card has expired."},
		"4000000000000127": {code: "incorrect_cvc", decline: "incorrect_cvc", words: "Your card's security code is incorrect."},
		"4000000000000119": {code: "processing_error", decline: "processing_error", words: "An error occurred while processing your card. Try again in a little bit."},
		"4000000000000259": {regret: regretDispute},
		"4000000000001976": {regret: regretInquiry},
		"4000000000005423": {regret: regretWarning},
		"4000000000007726": {refund: refundLate},
		"4000000000005126": {refund: refundBad},
	}
}
