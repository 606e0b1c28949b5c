package auth

import (
	"errors"

	"gatehouse/model"
)

// ErrInvalidToken says that something is wrong with a token itself: it is malformed, of somebody else,
// changed, out of its time, revoked, or its application is no longer what it was. Which of them is
// for nobody to learn who shows such a token. Compare with errors.Is.
const ErrInvalidToken = invalidToken("the token is not valid")

// invalidToken is a type of error that can be a constant.
type invalidToken string

func (e invalidToken) Error() string { return string(e) }

func unauthenticated() error {
	return &model.Error{
		Code:    model.Unauthenticated,
		Message: "A valid credential is required: send an admin key or an access token as \"Authorization: Bearer …\".",
	}
}

// unavailable is the answer when the store fails: nobody is taken for somebody, nor for nobody.
func unavailable(err error) error {
	var known *model.Error
	if errors.As(err, &known) {
		return err
	}
	return &model.Error{Code: model.Unavailable, Message: "The credential cannot be checked at the moment.", Cause: err}
}

// isUnavailable says that nobody could tell whether a credential is good.
func isUnavailable(err error) bool {
	var known *model.Error
	return errors.As(err, &known) && known.Code == model.Unavailable
}
