package seal_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// wrapper stands for a key management service: it writes the subject before the key,
// and can be away.
type wrapper struct{ away error }

func (w *wrapper) Encrypt(plaintext, subject []byte) ([]byte, error) {
	return append(append([]byte{byte(len(subject))}, subject...), plaintext...), w.away
}

func (w *wrapper) Decrypt(wrapped, subject []byte) ([]byte, error) {
	n := int(wrapped[0]) + 1
	if w.away == nil && string(wrapped[1:n]) != string(subject) {
		return nil, errors.New("wrapped for another subject")
	}
	return wrapped[n:], w.away
}

// managed is a master key whose wrapping is done elsewhere.
func managed(t *testing.T, w *wrapper) seal.Master {
	t.Helper()
	handle, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := prf.NewPRFSet(handle)
	if err != nil {
		t.Fatal(err)
	}
	return seal.NewMaster(w, secrets)
}

// Whoever has the data key and the documents opens a value without this program.
func TestTheFormatIsTheOneThatIsWritten(t *testing.T) {
	t.Parallel()
	store := postgrestest.New(t, seal.KeyStoreMigrations())
	k := seal.New(managed(t, &wrapper{}), store)
	ciphertext := sealed(t, k, family, place, "Alesia")
	// Given the key as it lies in the store,
	var wrapped []byte
	if err := store.Pool.QueryRow(t.Context(), `SELECT wrapped FROM subject_keys WHERE subject = $1`, family.String()).Scan(&wrapped); err != nil {
		t.Fatal(err)
	}
	dataKey := wrapped[1+len(family.String()):]
	own := derived(t, dataKey, "seal")
	block, err := aes.NewCipher(own)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	// then one byte, the nonce, and AES-256-GCM over "table|column|row|version" it is.
	if len(dataKey) != 32 || ciphertext[0] != 1 || len(ciphertext) != 1+12+len("Alesia")+16 {
		t.Fatalf("a key of %d bytes, a value %x", len(dataKey), ciphertext)
	}
	plain, err := gcm.Open(nil, ciphertext[1:13], ciphertext[13:], []byte("members|name|families/f_1/members/m_1|1"))
	if err != nil || string(plain) != "Alesia" {
		t.Errorf("opened %q, %v", plain, err)
	}
	mac := hmac.New(sha256.New, derived(t, dataKey, "digest|iban"))
	mac.Write([]byte("BY00"))
	if got, err := k.Digest(t.Context(), family, "iban", []byte("BY00")); err != nil || !hmac.Equal(got, mac.Sum(nil)) {
		t.Errorf("digest %x, %v", got, err)
	}
}

func derived(t *testing.T, key []byte, purpose string) []byte {
	t.Helper()
	out, err := hkdf.Key(sha256.New, key, nil, "solidarity/subject/"+purpose, 32)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAKeyManagementThatIsAwayMakesAndLosesNothing(t *testing.T) {
	t.Parallel()
	store, w := postgrestest.New(t, seal.KeyStoreMigrations()), &wrapper{}
	master := managed(t, w)
	ciphertext := sealed(t, seal.New(master, store), family, place, "Alesia")
	// When it is away,
	w.away = errors.New("away")
	k := seal.New(master, store)
	if err := k.Create(t.Context(), other); !errors.Is(err, w.away) {
		t.Errorf("create: %v", err)
	}
	if _, err := k.Open(t.Context(), place, ciphertext); err == nil || fault.Is(err, "ERASED") {
		t.Errorf("open: %v, want an error that is not ERASED", err)
	}
	// then no half of a key was stored, and everything is there when it is back.
	var n int
	if err := store.Pool.QueryRow(t.Context(), `SELECT count(*) FROM subject_keys`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d keys are stored, %v", n, err)
	}
	w.away = nil
	if got, err := k.Open(t.Context(), place, ciphertext); err != nil || string(got) != "Alesia" {
		t.Errorf("when it is back: %q, %v", got, err)
	}
}

// Whoever can write into the key store cannot give one person's key to another.
func TestAKeyMovedToAnotherSubjectIsBroken(t *testing.T) {
	t.Parallel()
	store, master := postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	first := seal.New(master, store)
	ciphertext := sealed(t, first, family, place, "Alesia")
	sealed(t, first, other, away, "Yanka")
	if _, err := postgrestest.Owner(t, store).Pool.Exec(t.Context(), `
		UPDATE subject_keys SET wrapped = (SELECT wrapped FROM subject_keys WHERE subject = $1) WHERE subject = $2`, family.String(), other.String()); err != nil {
		t.Fatal(err)
	}
	k := seal.New(master, store)
	if _, err := k.Open(t.Context(), away, ciphertext); !fault.Is(err, "SEAL_BROKEN") {
		t.Errorf("open: %v, want SEAL_BROKEN", err)
	}
	if _, err := k.Seal(t.Context(), away, []byte("x")); !fault.Is(err, "SEAL_BROKEN") {
		t.Errorf("seal: %v, want SEAL_BROKEN", err)
	}
}

func TestAnErasureMayBeRepeatedAndComeFirst(t *testing.T) {
	t.Parallel()
	k := sealtest.New(t)
	for range 2 {
		if err := k.Destroy(t.Context(), family); err != nil {
			t.Errorf("destroy: %v", err)
		}
	}
	if err := k.Create(t.Context(), family); !fault.Is(err, "ERASED") {
		t.Errorf("create after it: %v, want ERASED", err)
	}
}

func TestAPageOfRowsAsksTheKeyStoreTwice(t *testing.T) {
	t.Parallel()
	store, master := postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	var subjects []seal.Subject
	var values [][]byte
	ids := strings.Split("abcdefghij", "")
	for _, id := range ids {
		s := seal.Family("f_" + id)
		subjects = append(subjects, s)
		values = append(values, sealed(t, seal.New(master, store), s, members.At(s, row, 1), id))
	}
	counted, trips := postgrestest.Counted(t, store)
	k := seal.New(master, counted)
	// When the keys of a page are fetched before it is opened,
	n := trips.During(func() {
		if err := k.Preload(t.Context(), subjects); err != nil {
			t.Fatal(err)
		}
		for i, s := range subjects {
			if got, err := k.Open(t.Context(), members.At(s, row, 1), values[i]); err != nil || string(got) != ids[i] {
				t.Errorf("%s: %q, %v", s, got, err)
			}
		}
	})
	// then one question is for them, and one for what was destroyed.
	if n != 2 {
		t.Errorf("%d trips for %d rows", n, len(subjects))
	}
}

func TestJSONIsOpenedAsItWasAndNeverQuoted(t *testing.T) {
	t.Parallel()
	type facts struct {
		Name  string
		Birth []int
	}
	k, want := sealtest.New(t), facts{"Алеся", []int{1969, 1, 30}}
	if err := k.Create(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	ciphertext, err := k.SealJSON(t.Context(), place, want)
	if err != nil {
		t.Fatal(err)
	}
	var got facts
	if err := k.OpenJSON(t.Context(), place, ciphertext, &got); err != nil || got.Name != want.Name || len(got.Birth) != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
	var other int
	if err := k.OpenJSON(t.Context(), place, ciphertext, &other); err == nil || strings.Contains(err.Error(), "Алеся") || !strings.Contains(err.Error(), "members.name") {
		t.Errorf("into another type: %v", err)
	}
	if _, err := k.SealJSON(t.Context(), place, func() {}); err == nil {
		t.Error("what is no JSON was sealed")
	}
}
