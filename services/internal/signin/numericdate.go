package signin

import (
	"encoding/json"
	"errors"
	"math"
	"time"
)

// numericDate is a NumericDate of RFC 7519: a JSON number of seconds since 1970,
// with or without a fraction or an exponent.
type numericDate struct {
	// at is UTC and to the second; zero where the claim is missing.
	at time.Time
}

// lastSecond is the end of the year 9999, in seconds since 1970.
const lastSecond = 253402300799

// UnmarshalJSON reads the number and cuts the fraction off. A negative one, and one
// after the year 9999, is refused.
func (d *numericDate) UnmarshalJSON(text []byte) error {
	var seconds *float64 // exact for whole seconds of any year
	if err := json.Unmarshal(text, &seconds); err != nil {
		return errors.New("a date is not a number of seconds")
	}
	if seconds == nil || *seconds == 0 {
		return nil
	}
	if *seconds < 0 || *seconds > lastSecond {
		return errors.New("a date is out of range")
	}
	d.at = time.Unix(int64(math.Floor(*seconds)), 0).UTC()
	return nil
}
