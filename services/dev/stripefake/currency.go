package stripefake

import (
	"math/big"
	"strings"
)

// maxAmount is Stripe's largest charge of a card, twelve digits.
const maxAmount = 999_999_999_999

// chargeable refuses amounts that Stripe cannot charge in a currency.
func chargeable(amount int64, currency string) *apiError {
	step := int64(1)
	switch currency {
	case "isk", "ugx":
		step = 100
	case "bhd", "jod", "kwd", "omr", "tnd":
		step = 10
	}
	switch {
	case currencyExponent(currency) < 0:
		return invalid("line_items[0][price_data][currency]", "Invalid currency: "+currency)
	case amount%step != 0:
		return invalid("line_items[0][price_data][unit_amount]", "Invalid integer for this currency.")
	case amount > maxAmount:
		return tooLarge()
	case settle(amount, currency).gross < 50:
		return coded("amount_too_small", "", "The Checkout Session's total amount due must add up to at least €0.50 eur")
	}
	return nil
}

func tooLarge() *apiError {
	return coded("amount_too_large", "", "The Checkout Session's total amount due must be no more than 9,999,999,999.99")
}

// settlement is what a charge adds to the balance, in cents of EUR.
type settlement struct {
	gross, fee int64
	rate       float64 // 0 where there is nothing to convert
}

// settle converts an amount to EUR at a fixed rate and takes Stripe's usual
// European fee, 1.5 % and 25 cents, both rounded half up.
func settle(amount int64, currency string) settlement {
	out := settlement{gross: amount}
	if currency != "eur" {
		rate, ok := new(big.Rat).SetString(euroRate(currency))
		if !ok {
			rate = big.NewRat(1, 1)
		}
		cents := new(big.Rat).Mul(new(big.Rat).SetInt64(amount), rate)
		cents.Mul(cents, pow10(2-currencyExponent(currency)))
		out.gross = halfUp(cents)
		out.rate, _ = rate.Float64()
	}
	out.fee = halfUp(big.NewRat(out.gross*15, 1000)) + 25
	return out
}

// euroRate returns how many euros one unit of a currency is worth here.
func euroRate(currency string) string {
	switch currency {
	case "usd", "cad", "aud", "chf":
		return "0.92"
	case "gbp":
		return "1.17"
	case "pln":
		return "0.2334"
	case "czk", "uah", "inr":
		return "0.0398"
	case "sek", "nok", "dkk":
		return "0.1342"
	case "jpy", "isk":
		return "0.0061"
	case "huf":
		return "0.00254"
	case "bhd", "jod", "kwd", "omr", "tnd":
		return "2.5"
	}
	return "0.25"
}

// currencyExponent returns Stripe's decimals of a currency, -1 for a word that
// is none.
func currencyExponent(currency string) int {
	switch {
	case len(currency) != 3 || strings.Trim(currency, "abcdefghijklmnopqrstuvwxyz") != "":
		return -1
	case strings.Contains(" bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf ", " "+currency+" "):
		return 0
	case strings.Contains(" bhd jod kwd omr tnd ", " "+currency+" "):
		return 3
	}
	return 2
}

func pow10(n int) *big.Rat {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), power)
	}
	return new(big.Rat).SetInt(power)
}

func halfUp(r *big.Rat) int64 {
	doubled := new(big.Int).Add(new(big.Int).Mul(r.Num(), big.NewInt(2)), r.Denom())
	return new(big.Int).Div(doubled, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Int64()
}
