package pledge

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// largest is the most that a card is charged at once, in whole units of each currency
// that can be paid by card: 10,000.00 EUR, and elsewhere about as much, rounded to two
// figures. Source of the rates: ExchangeRate-API (open.er-api.com), 2 March 2026; of
// the currencies: Stripe's list of presentment currencies. A rate that has moved by a
// third is a reason to write the table anew; nothing is settled by it.
var largest = map[string]int64{
	"AED": 43_000, "AFN": 740_000, "ALL": 960_000, "AMD": 4_500_000, "AOA": 11_000_000, "ARS": 17_000_000,
	"AUD": 17_000, "AWG": 21_000, "AZN": 20_000, "BAM": 20_000, "BBD": 24_000, "BDT": 1_400_000, "BHD": 4400,
	"BIF": 35_000_000, "BMD": 12_000, "BND": 15_000, "BOB": 82_000, "BRL": 61_000, "BSD": 12_000,
	"BWP": 160_000, "BYN": 34_000, "BZD": 24_000, "CAD": 16_000, "CDF": 27_000_000, "CHF": 9100,
	"CLP": 10_000_000, "CNY": 81_000, "COP": 44_000_000, "CRC": 5_600_000, "CVE": 1_100_000, "CZK": 240_000,
	"DJF": 2_100_000, "DKK": 75_000, "DOP": 710_000, "DZD": 1_500_000, "EGP": 560_000, "ETB": 1_800_000,
	"EUR": 10_000, "FJD": 26_000, "FKP": 8800, "GBP": 8800, "GEL": 32_000, "GHS": 130_000, "GIP": 8800,
	"GMD": 880_000, "GNF": 100_000_000, "GTQ": 91_000, "GYD": 2_500_000, "HKD": 92_000, "HNL": 310_000,
	"HTG": 1_600_000, "HUF": 3_800_000, "IDR": 200_000_000, "ILS": 37_000, "INR": 1_100_000, "ISK": 1_400_000,
	"JMD": 1_800_000, "JOD": 8300, "JPY": 1_800_000, "KES": 1_500_000, "KGS": 1_000_000, "KHR": 48_000_000,
	"KMF": 4_900_000, "KRW": 17_000_000, "KWD": 3600, "KYD": 9800, "KZT": 5_900_000, "LAK": 250_000_000,
	"LBP": 1_100_000_000, "LKR": 3_700_000, "LRD": 2_200_000, "LSL": 190_000, "MAD": 110_000, "MDL": 200_000,
	"MGA": 50_000_000, "MKD": 620_000, "MMK": 25_000_000, "MNT": 42_000_000, "MOP": 95_000, "MUR": 550_000,
	"MVR": 180_000, "MWK": 21_000_000, "MXN": 200_000, "MYR": 46_000, "MZN": 760_000, "NAD": 190_000,
	"NGN": 16_000_000, "NIO": 430_000, "NOK": 110_000, "NPR": 1_700_000, "NZD": 20_000, "OMR": 4500,
	"PAB": 12_000, "PEN": 40_000, "PGK": 51_000, "PHP": 680_000, "PKR": 3_300_000, "PLN": 42_000,
	"PYG": 76_000_000, "QAR": 43_000, "RON": 51_000, "RSD": 1_200_000, "RUB": 910_000, "RWF": 17_000_000,
	"SAR": 44_000, "SBD": 94_000, "SCR": 160_000, "SEK": 110_000, "SGD": 15_000, "SHP": 8800, "SLE": 290_000,
	"SOS": 6_800_000, "SRD": 450_000, "STN": 240_000, "SZL": 190_000, "THB": 370_000, "TJS": 110_000,
	"TND": 34_000, "TOP": 28_000, "TRY": 520_000, "TTD": 80_000, "TWD": 370_000, "TZS": 30_000_000,
	"UAH": 510_000, "UGX": 42_000_000, "USD": 12_000, "UYU": 450_000, "UZS": 140_000_000, "VND": 310_000_000,
	"VUV": 1_400_000, "WST": 32_000, "XAF": 6_600_000, "XCD": 32_000, "XCG": 21_000, "XOF": 6_600_000,
	"XPF": 1_200_000, "YER": 2_800_000, "ZAR": 190_000, "ZMW": 220_000,
}

// leastPart is which part of the largest charge the least one is: half a euro of ten
// thousand.
const leastPart = 20_000

// least are the charges below which Stripe takes none, in minor units. Source: Stripe,
// "Minimum charge amount by currency", where that is worth something; elsewhere a
// charge has to be worth half a euro.
var least = map[string]int64{
	"USD": 50, "EUR": 50, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "INR": 50, "NZD": 50, "SGD": 50,
	"GBP": 30, "AED": 200, "MYR": 200, "PLN": 200, "RON": 200, "DKK": 250, "NOK": 300, "SEK": 300,
	"HKD": 400, "MXN": 1000, "THB": 1000, "CZK": 1500, "HUF": 17500, "JPY": 50,
}

// Limits are the least and the most that a card may be charged at once in a currency;
// false for a currency that cannot be paid by card.
func Limits(currency string) (least, most money.Amount, ok bool) {
	units, ok := largest[currency]
	if !ok {
		return least, most, false
	}
	minor := money.Whole(units, currency)
	return money.Amount{MinorUnits: leastOf(currency, minor), Currency: currency}, money.Amount{MinorUnits: minor, Currency: currency}, true
}

func leastOf(currency string, most int64) int64 {
	if minor, ok := least[currency]; ok {
		return minor
	}
	return most / leastPart
}

// checkCharge holds amount and tip against the limits of their currency.
func (p Pledge) checkCharge() error {
	least, most, ok := Limits(p.Amount.Currency)
	if !ok {
		return fault.Field("amount.currencyCode", fault.FieldNotPossible, "cannot be paid by card")
	}
	sum, err := money.Add(p.Amount.MinorUnits, p.Tip)
	switch {
	case err != nil || p.Amount.MinorUnits > most.MinorUnits:
		return fault.Field("amount.minorUnits", fault.FieldTooLarge, "must be at most "+most.String()+", tip included")
	case sum > most.MinorUnits:
		return fault.Field("tip.minorUnits", fault.FieldTooLarge, "must be at most "+most.String()+" together with the amount")
	case sum < least.MinorUnits:
		return fault.Field("amount.minorUnits", fault.FieldTooSmall, "must be at least "+least.String()+", tip included")
	}
	return nil
}
