package leaf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
)

var (
	errShort    = errors.New("ends too early")
	errDay      = errors.New("must be a day from 1970-01-02 to 9999-12-31")
	errPositive = errors.New("must be greater than zero")
	errNegative = errors.New("must not be negative")
	errUnknown  = errors.New("has no meaning in this format")
	errZero     = errors.New("must not be all zero")
)

// codec walks over the fields of a leaf in the order of the format, and either
// reads each from in or appends each to out. One description of a leaf thus
// serves both directions, and both make the same checks. The first error stays.
type codec struct {
	in      string   // what is left to read
	decoder *Decoder // nil while writing
	out     []byte   // what was written
	err     error
	item    string // "entries" while inside a list, "content" inside a content
	index   int    // in the list; below zero where it is none
}

// key is an account's path and currency as the decoder hands them out.
type key struct{ account, currency string }

// reading reports in which direction the codec goes.
func (c *codec) reading() bool { return c.decoder != nil }

// fail keeps the first error, with the name of the field.
func (c *codec) fail(field string, err error) {
	if c.err != nil {
		return
	}
	switch {
	case c.item != "" && c.index < 0:
		field = c.item + "." + field
	case c.item != "":
		field = c.item + "[" + strconv.Itoa(c.index) + "]." + field
	}
	c.err = fmt.Errorf("%s: %w", field, err)
}

// take reads n bytes.
func (c *codec) take(field string, n int) (string, bool) {
	if c.err != nil {
		return "", false
	}
	if len(c.in) < n {
		c.fail(field, errShort)
		return "", false
	}
	s := c.in[:n]
	c.in = c.in[n:]
	return s, true
}

// byte handles one byte.
func (c *codec) byte(field string, v *uint8) {
	if !c.reading() {
		c.out = append(c.out, *v)
		return
	}
	if s, ok := c.take(field, 1); ok {
		*v = s[0]
	}
}

// enum handles a number from 1 to last.
func (c *codec) enum(field string, v *uint8, last int) {
	c.byte(field, v)
	if c.err == nil && (*v == 0 || int(*v) > last) {
		c.fail(field, errUnknown)
	}
}

// present handles the byte 0 or 1 before an optional part.
func (c *codec) present(field string, v *bool) {
	var b uint8
	if *v {
		b = 1
	}
	c.byte(field, &b)
	if b > 1 {
		c.fail(field, errUnknown)
	}
	*v = b == 1
}

// count handles a length from least to most in two bytes, big-endian.
func (c *codec) count(field string, n, least, most int) int {
	n = c.uint16(field, n)
	return c.bounded(field, n, least, most, "must have from %d to %d items")
}

// small handles a length from least to most in one byte.
func (c *codec) small(field string, n, least, most int) int {
	if !c.reading() {
		c.out = append(c.out, uint8(n))
	} else if s, ok := c.take(field, 1); ok {
		n = int(s[0])
	}
	return c.bounded(field, n, least, most, "must have from %d to %d items")
}

// short handles a number from least to most in two bytes, big-endian.
func (c *codec) short(field string, v *uint16, least, most int) {
	n := c.uint16(field, int(*v))
	*v = uint16(c.bounded(field, n, least, most, "must be from %d to %d"))
}

// uint16 handles a number of two bytes, big-endian.
func (c *codec) uint16(field string, n int) int {
	if !c.reading() {
		c.out = binary.BigEndian.AppendUint16(c.out, uint16(n))
	} else if s, ok := c.take(field, 2); ok {
		n = int(s[0])<<8 | int(s[1])
	}
	return n
}

// bounded returns n, or zero after it has failed in the given words.
func (c *codec) bounded(field string, n, least, most int, words string) int {
	if c.err == nil && (n < least || n > most) {
		c.fail(field, fmt.Errorf(words, least, most))
	}
	if c.err != nil {
		return 0
	}
	return n
}

// number handles a signed number of eight bytes, big-endian, two's complement.
func (c *codec) number(field string, v *int64) {
	if !c.reading() {
		c.out = binary.BigEndian.AppendUint64(c.out, uint64(*v))
		return
	}
	if s, ok := c.take(field, 8); ok {
		*v = int64(uint64(s[0])<<56 | uint64(s[1])<<48 | uint64(s[2])<<40 | uint64(s[3])<<32 |
			uint64(s[4])<<24 | uint64(s[5])<<16 | uint64(s[6])<<8 | uint64(s[7]))
	}
}

// natural handles a number that is not negative.
func (c *codec) natural(field string, v *int64) {
	c.number(field, v)
	if *v < 0 {
		c.fail(field, errNegative)
	}
}

// positive handles a number greater than zero.
func (c *codec) positive(field string, v *int64) {
	c.number(field, v)
	if c.err == nil && *v <= 0 {
		c.fail(field, errPositive)
	}
}

// day handles a day in four bytes, big-endian.
func (c *codec) day(field string, v *Day) {
	if !c.reading() {
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(*v))
	} else if s, ok := c.take(field, 4); ok {
		*v = Day(uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3]))
	}
	if c.err == nil && !v.valid() {
		c.fail(field, errDay)
	}
}

// dayOrNone handles a day, or zero.
func (c *codec) dayOrNone(field string, v *Day) {
	if !c.reading() && *v == 0 || c.reading() && strings.HasPrefix(c.in, "\x00\x00\x00\x00") {
		n := uint16(0)
		c.short(field, &n, 0, 0)
		c.short(field, &n, 0, 0)
		return
	}
	c.day(field, v)
}

// fixed handles bytes of a fixed number; which may be all zero only if zero is.
func (c *codec) fixed(field string, v []byte, zero bool) {
	if !c.reading() {
		c.out = append(c.out, v...)
	} else if s, ok := c.take(field, len(v)); ok {
		copy(v, s)
	}
	if !zero && c.err == nil && allZero(v) {
		c.fail(field, errZero)
	}
}

// text handles a length in one byte and as many bytes, checked by check.
func (c *codec) text(field string, v *string, check func(string) error) {
	if !c.reading() {
		if err := check(*v); err != nil {
			c.fail(field, err)
		}
		c.out = append(append(c.out, uint8(len(*v))), *v...)
		return
	}
	n, ok := c.take(field, 1)
	if !ok {
		return
	}
	if *v, ok = c.take(field, int(n[0])); !ok {
		return
	}
	if err := check(*v); err != nil {
		c.fail(field, err)
	}
}

// currency handles three capitals.
func (c *codec) currency(field string, v *string) {
	if !c.reading() {
		c.out = append(c.out, *v...)
	} else if s, ok := c.take(field, 3); ok {
		*v = s
	}
	if c.err == nil && !account.Currency(*v) {
		c.fail(field, errCurrency)
	}
}

// account handles a path and the currency behind it. A pair that the decoder
// has met before is not checked again.
func (c *codec) account(path, currency *string) {
	if c.reading() && len(c.in) > 0 {
		if end := int(c.in[0]) + 4; end <= len(c.in) {
			if k, ok := c.decoder.known[c.in[1:end]]; ok {
				*path, *currency, c.in = k.account, k.currency, c.in[end:]
				return
			}
		}
	}
	c.text("account", path, checkAccount)
	c.currency("currency", currency)
	if c.reading() && c.err == nil {
		joined := *path + *currency
		*path, *currency = joined[:len(*path)], joined[len(*path):]
		c.decoder.known[joined] = key{*path, *currency}
	}
}

func checkAccount(path string) error {
	_, err := account.Parse(path)
	return err
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
