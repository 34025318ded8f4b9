package checkpoint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// endorsementDomain is the first line of the text that an old key signs. No
// checkpoint has this text: behind an origin stands a number.
const endorsementDomain = "solidarity/signing-key/v1"

var errEndorsement = errors.New("the key before has not endorsed the new one")

// endorsement is the text with which a key makes another one its successor.
func endorsement(origin string, generation int, vkey string) string {
	return endorsementDomain + "\n" + origin + "\n" + strconv.Itoa(generation) + "\n" + vkey + "\n"
}

// Endorse signs with the old key of a log that the new one, of a generation, follows
// it. The result is what stands in a signature line behind the name, base64.
func Endorse(old *Signer, generation int, vkey string) (string, error) {
	signed, err := note.Sign(&note.Note{Text: endorsement(old.Name(), generation, vkey)}, old)
	if err != nil {
		return "", fmt.Errorf("endorse key: %w", err)
	}
	line := strings.TrimSuffix(string(signed), "\n")
	return line[strings.LastIndexByte(line, ' ')+1:], nil
}

// CheckEndorsement checks that the old key has endorsed the new one, of a generation.
func CheckEndorsement(endorsed string, old note.Verifier, generation int, vkey string) error {
	text := endorsement(old.Name(), generation, vkey)
	signed := []byte(text + "\n— " + old.Name() + " " + endorsed + "\n")
	n, err := note.Open(signed, note.VerifierList(old))
	if err != nil || n.Text != text || len(n.Sigs) != 1 || !Canonical(signed) || strings.ContainsAny(endorsed, " \n") {
		return errEndorsement
	}
	return nil
}

// Text writes the key of a log as "name+id+key"; empty for other verifiers.
func Text(v note.Verifier) string {
	if log, ok := v.(verifier); ok {
		return log.key.publicText()
	}
	return ""
}
