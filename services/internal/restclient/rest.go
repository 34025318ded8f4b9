// Package restclient is a small client of the REST API for the command line, the
// demonstration and the tests: JSON in and out, problem documents as errors.
package restclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// typeJSON is the media type of calls that are no uploads.
const typeJSON = "application/json"

// Times of one call that carries JSON, and of one upload, repeats included.
const (
	callTime   = 30 * time.Second
	uploadTime = 5 * time.Minute
	firstDelay = 50 * time.Millisecond
	maxDelay   = time.Second
)

// errNoAnswer is in the chain of an error of a call that got no answer.
var errNoAnswer = errors.New("no answer")

// maxAnswer bounds an answer that is read whole, in bytes.
const maxAnswer = 32 << 20

// Client calls one installation as one caller.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New returns a client of the gateway at base ("http://127.0.0.1:8080") that
// presents token (a staff token or a partner key); empty for none.
func New(base, token string) *Client {
	return &Client{base: strings.TrimSuffix(base, "/"), token: token, http: &http.Client{}}
}

// Problem is an error answer, as RFC 9457 has it.
type Problem struct {
	Status     int    `json:"status"`
	Title      string `json:"title"`
	Detail     string `json:"detail"`
	Code       string `json:"code"`
	Reason     string `json:"reason"`
	Violations []struct {
		Field       string `json:"field"`
		Description string `json:"description"`
	} `json:"violations"`
}

// Error says what went wrong in one line, field by field.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%d %s: %s", p.Status, p.Reason, p.Detail)
	for _, v := range p.Violations {
		text += fmt.Sprintf(" [%s: %s]", v.Field, v.Description)
	}
	return text
}

// Get reads a resource into out.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.JSON(ctx, http.MethodGet, path, "", nil, out)
}

// Post sends in as JSON with a fresh idempotency key and reads the answer into
// out (nil to drop it).
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.JSON(ctx, http.MethodPost, path, uuid.NewString(), in, out)
}

// JSON sends one request with an idempotency key (empty for none). While the
// installation does not answer, or answers that it is unavailable, the request
// is repeated with the same key for half a minute.
func (c *Client) JSON(ctx context.Context, method, path, key string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	answer, err := c.repeat(ctx, method, path, typeJSON, key, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("read answer of %s %s: %w", method, path, err)
	}
	return nil
}

// File reads what stands at path, whatever it is, repeated as JSON is; at most
// 32 MiB.
func (c *Client) File(ctx context.Context, path string) ([]byte, error) {
	return c.repeat(ctx, http.MethodGet, path, "", "", nil)
}

// Upload sends a file with a fresh idempotency key, repeated as JSON is but for five
// minutes, and reads the answer into out.
func (c *Client) Upload(ctx context.Context, path, contentType string, file []byte, out any) error {
	answer, err := c.repeat(ctx, http.MethodPost, path, contentType, uuid.NewString(), file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("read answer of POST %s: %w", path, err)
	}
	return nil
}

// repeat sends a request until there is an answer to go by, for as long as a call or an
// upload may take.
func (c *Client) repeat(ctx context.Context, method, path, contentType, key string, body []byte) ([]byte, error) {
	limit := callTime
	if contentType != "" && contentType != typeJSON {
		limit = uploadTime
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for delay := firstDelay; ; delay = min(2*delay, maxDelay) {
		answer, err := c.once(ctx, method, path, contentType, key, body)
		if err == nil || !unavailable(err) {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(delay):
		}
	}
}

// unavailable reports whether a request may be repeated: there was no answer, or
// 503, or an earlier copy of it is still running.
func unavailable(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status == http.StatusServiceUnavailable || p.Reason == string(fault.ReasonStillRunning)
	}
	return errors.Is(err, errNoAnswer)
}

func (c *Client) once(ctx context.Context, method, path, contentType, key string, body []byte) ([]byte, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	resp, err := c.Do(ctx, method, path, contentType, key, reader)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("%w: read answer of %s %s: %w", errNoAnswer, method, path, err)
	}
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("read answer of %s %s: it has more than 32 MiB", method, path)
	}
	return answer, nil
}

// Do sends a request with any body and returns an answer below 300, whose body
// the caller closes; other answers are returned as a *Problem. It has no time
// limit but ctx's.
func (c *Client) Do(ctx context.Context, method, path, contentType, key string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %s %s: %w", errNoAnswer, method, path, err)
	}
	if resp.StatusCode < http.StatusMultipleChoices {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, problem(resp)
}

func problem(resp *http.Response) error {
	p := &Problem{}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil || json.Unmarshal(b, p) != nil {
		p.Detail = strings.TrimSpace(string(b))
	}
	p.Status = resp.StatusCode
	return p
}
