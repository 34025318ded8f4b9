package problem

import (
	"net/http"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// NoPath is the answer to a path that does not exist.
func NoPath() Problem {
	return Of(http.StatusNotFound, "NOT_FOUND", fault.ReasonNoSuchPath, "There is nothing at this path.")
}

// NoMethod is the answer to a method that a path does not know.
func NoMethod() Problem {
	return Of(http.StatusMethodNotAllowed, "INVALID_ARGUMENT", fault.ReasonMethodNotAllowed, "This path does not take this method.")
}

// BadPath is the answer to a path that cannot be read.
func BadPath() Problem {
	return Of(http.StatusBadRequest, "INVALID_ARGUMENT", fault.ReasonMalformedPath, "The path could not be read.")
}

// TooLarge is the answer to a body over its limit.
func TooLarge() Problem {
	return Of(http.StatusRequestEntityTooLarge, "INVALID_ARGUMENT", fault.ReasonBodyTooLarge, "The body is too large for this path.")
}

// WrongType is the answer to a body of a media type that a path does not take.
func WrongType() Problem {
	return Of(http.StatusUnsupportedMediaType, "INVALID_ARGUMENT", fault.ReasonUnsupportedMediaType,
		"The body has a media type that this path does not take.")
}

// Incomplete is the answer to a body that broke off.
func Incomplete() Problem {
	return Of(http.StatusBadRequest, "INVALID_ARGUMENT", fault.ReasonBodyIncomplete, "The body did not arrive whole.")
}

// TooMany is the answer to a caller in a hurry.
func TooMany(retry time.Duration) Problem {
	p := Of(http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", fault.ReasonRateLimited, "Too many requests; come back later.")
	p.retryAfter = retry
	return p
}

// Overloaded is the answer to a request for which there is no room.
func Overloaded() Problem {
	return Of(http.StatusServiceUnavailable, "UNAVAILABLE", fault.ReasonOverloaded,
		"Too much is being done at once; nothing of this was done. Try again.")
}

// NoCredential is the answer to an upload that nobody stands for.
func NoCredential() Problem {
	return Of(http.StatusUnauthorized, "UNAUTHENTICATED", fault.ReasonUnauthenticated, "A valid credential is needed.")
}

// Internal is the answer to a defect.
func Internal() Problem {
	return Of(http.StatusInternalServerError, "INTERNAL", fault.ReasonInternal, "Internal error.")
}
