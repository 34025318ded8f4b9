package donation

import "slices"

// Failure is why a payment failed, in the contract's word.
type Failure string

// A card's money that is not taken was only held.
const (
	NoFailure      Failure = ""
	CardCountry    Failure = "CARD_COUNTRY"         // the card is of a country in which giving endangers the donor
	CountryUnknown Failure = "CARD_COUNTRY_UNKNOWN" // nobody knows of which
	Declined       Failure = "DECLINED"             // the card's bank refused
)

// Judge says why the money of a card must not be taken, by where the card was issued and
// which countries are blocked; NoFailure where it may.
func Judge(cardCountry string, blocked []string) Failure {
	switch {
	case cardCountry == "":
		return CountryUnknown
	case slices.Contains(blocked, cardCountry):
		return CardCountry
	}
	return NoFailure
}
