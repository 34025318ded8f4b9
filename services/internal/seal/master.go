package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/solidarity-fund/solidarity/services/internal/secretfile"
)

// Master wraps the subjects' keys and derives a service's own secrets. From a
// file it is for development and tests; in production the wrapper is a key
// management service in another jurisdiction (NewMaster).
type Master struct {
	wrapper tink.AEAD
	secrets *prf.Set
}

// NewMaster makes a Master from a wrapper, such as a key management service's,
// and the set of pseudo-random functions that secrets are derived with.
func NewMaster(wrapper tink.AEAD, secrets *prf.Set) Master {
	return Master{wrapper: wrapper, secrets: secrets}
}

// Derive returns the service's 32-byte secret for a purpose; the same every time.
func (m Master) Derive(purpose string) []byte {
	secret, err := m.secrets.ComputePrimaryPRF([]byte("solidarity/"+purpose), 32)
	if err != nil {
		panic(fmt.Sprintf("derive a secret: %v", err)) // 32 bytes is always possible
	}
	return secret
}

// masterFile is what the file holds: two Tink keysets in the clear.
type masterFile struct {
	KeyEncryption json.RawMessage `json:"keyEncryption"`
	Derivation    json.RawMessage `json:"derivation"`
}

// LoadMaster reads the master key from a file. Whoever has the file and the key
// store can open everything. A file that others may read is refused. A missing one
// is made where create says so, in development; elsewhere it is an error, since
// with a new key nothing opens that was sealed under the old one.
func LoadMaster(path string, create bool) (Master, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		if !create {
			return Master{}, fmt.Errorf("the master key file %s is not there: bring it back from its copy, or, for a new installation, make it with `solidarity secret %s`", path, path)
		}
		if err := CreateMaster(path); err != nil && !errors.Is(err, os.ErrExist) { // another process has won
			return Master{}, err
		}
		info, err = os.Stat(path)
	}
	if err != nil {
		return Master{}, fmt.Errorf("look at the master key file: %w", err)
	}
	if secretfile.Shared(info, os.Geteuid()) {
		return Master{}, fmt.Errorf("the master key file %s may be read by others: chmod 600 it", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return Master{}, fmt.Errorf("read the master key file: %w", err)
	}
	return parseMaster(content)
}

// CreateMaster makes a new master key in a file that must be missing; os.ErrExist is in
// the chain of its error where it is there. It writes a complete file beside its place
// and links it there, so that of several processes that start together one wins and
// none reads a half.
func CreateMaster(path string) error {
	content, err := generateMaster()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the master key's folder: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".master-*") // 0600
	if err != nil {
		return fmt.Errorf("make the master key file: %w", err)
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(content)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("write the master key file: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil {
		return fmt.Errorf("put the master key file in place: %w", err)
	}
	return nil
}

func generateMaster() ([]byte, error) {
	wrapping, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key-encryption key: %w", err)
	}
	deriving, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a derivation key: %w", err)
	}
	var file masterFile
	for _, part := range []struct {
		handle *keyset.Handle
		to     *json.RawMessage
	}{{wrapping, &file.KeyEncryption}, {deriving, &file.Derivation}} {
		var out bytes.Buffer
		if err := insecurecleartextkeyset.Write(part.handle, keyset.NewJSONWriter(&out)); err != nil {
			return nil, fmt.Errorf("write a keyset: %w", err)
		}
		*part.to = out.Bytes()
	}
	return json.MarshalIndent(file, "", "  ")
}

// parseMaster never quotes the content in its errors.
func parseMaster(content []byte) (Master, error) {
	var file masterFile
	if json.Unmarshal(content, &file) != nil {
		return Master{}, errors.New("the master key file is damaged")
	}
	wrapping, err1 := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(file.KeyEncryption)))
	deriving, err2 := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(file.Derivation)))
	if err1 != nil || err2 != nil {
		return Master{}, errors.New("the master key file holds no usable keys")
	}
	wrapper, err := aead.New(wrapping)
	if err != nil {
		return Master{}, errors.New("the master key file's first key cannot encrypt")
	}
	secrets, err := prf.NewPRFSet(deriving)
	if err != nil {
		return Master{}, errors.New("the master key file's second key cannot derive")
	}
	return NewMaster(wrapper, secrets), nil
}
