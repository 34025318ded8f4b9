// Package mail sends donors the one message that a payment has come. It says neither how
// much nor for what: a message may be found, and whoever carries it reads it.
package mail

import (
	"encoding/base64"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxAddress bounds an address, by RFC 5321.
const maxAddress = 254

// Address reads an address that somebody types in; the fault names field, and never repeats
// it.
func Address(field, text string) (string, error) {
	if len(text) > maxAddress {
		return "", fault.Field(field, fault.FieldTooLong, "must have at most 254 characters")
	}
	plain := func(r rune) bool { return r > ' ' && r < 0x7f && !strings.ContainsRune(`"<>()[],;:\`, r) }
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return "", fault.Field(field, fault.FieldNotPossible, "must be an e-mail address, without a name")
	}
	return text, nil
}

// texts are subject and body by language.
var texts = map[sheet.Language][2]string{
	sheet.English: {"Receipt", "Your payment has come. What became of it is shown by the code that you kept.\r\n\r\n" +
		"This message is sent once. Your address is deleted now.\r\n"},
	sheet.Russian: {"Квитанция", "Ваш платёж получен. Что с ним стало, показывает код, который вы сохранили.\r\n\r\n" +
		"Это сообщение отправляется один раз. Ваш адрес сейчас удаляется.\r\n"},
	sheet.Belarusian: {"Квітанцыя", "Ваш плацёж атрыманы. Што з ім стала, паказвае код, які вы захавалі.\r\n\r\n" +
		"Гэта паведамленне адпраўляецца адзін раз. Ваш адрас цяпер выдаляецца.\r\n"},
}

// Message is what one donor is told.
type Message struct {
	// To is the address, Language the donor's.
	To       string
	Language sheet.Language
	// Key is an opaque word of this message: sent twice, it is the same message.
	Key string
	At  time.Time
}

// text writes a message by RFC 5322.
func (m Message) text(from string) []byte {
	_, domain, _ := strings.Cut(from, "@")
	words := texts[m.Language]
	var b strings.Builder
	for _, line := range [][2]string{
		{"From", from}, {"To", m.To}, {"Subject", mime.BEncoding.Encode("utf-8", words[0])}, {"Date", m.At.UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + m.Key + "@" + domain + ">"}, {"Auto-Submitted", "auto-generated"}, {"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "base64"},
	} {
		b.WriteString(line[0] + ": " + line[1] + "\r\n")
	}
	b.WriteString("\r\n")
	body := base64.StdEncoding.EncodeToString([]byte(words[1]))
	for len(body) > 76 {
		b.WriteString(body[:76] + "\r\n")
		body = body[76:]
	}
	b.WriteString(body + "\r\n")
	return []byte(b.String())
}
