// Package webhook verifies that a webhook comes from who it says.
//
// A [Verifier] looks at headers and the raw body, before anything is parsed, and
// fails closed: without a secret there is no verifier, and with one the header is
// required. Only [Unsigned] accepts what nobody signed, and it has to be asked for by
// name. Secrets come as lists, so that they can be changed without losing a message;
// every comparison takes constant time, and no error or printed value shows a secret
// or what was received in its place.
//
//   - [NetBox], [ServiceNow], [InfrastructureEvent] and [AzureDevOps] are what these
//     senders do; [HMAC], [Basic], [StaticHeader] and [Standard] (standard-webhooks)
//     are the general forms.
//   - [AnyOf] and [AllOf] combine verifiers.
//   - [ServiceNowScript] is the business rule that signs as ServiceNow verifies.
//
// A body that is signed without a time can be replayed: remember the deliveries that
// were handled. Times are values here: the caller says what time it is.
package webhook
