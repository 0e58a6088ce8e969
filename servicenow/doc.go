// Package servicenow is a client for the REST APIs of a ServiceNow instance: the
// Table API with typed rows, and the Batch API.
//
//	client, err := servicenow.New(servicenow.Config{
//		BaseURL: "https://acme.service-now.com",
//		Auth:    servicenow.BasicAuth("integration", secret),
//	})
//	incidents := servicenow.TableOf[Incident](client, "incident")
//	for incident, err := range incidents.All(ctx, servicenow.Query{
//		Where: servicenow.Eq("active", true),
//	}) {
//		...
//	}
//
// The platform answers in ways that a plain HTTP client takes for success: pages
// cut short by access rules, lists cancelled half-way with status 200, requests
// dropped with status 202, sign-in pages and sleeping instances in HTML. This
// package pages by keyset so that no row is missed or repeated, keeps the whole
// rows of a cut page and goes on behind them, and turns the rest into an [*Error]
// with a kind for errors.Is. A call is repeated only where the repeat cannot act
// twice.
//
// [Auth] signs in by Basic authentication, the OAuth grants, any
// oauth2.TokenSource, or an API key; a client certificate comes with the
// HTTPClient's transport. With Config.Session it signs in once and stays in the
// session.
//
// [Client.Attachments] moves files as streams, [Client.Aggregate] computes on the
// server, a [RateLimiter] keeps to the limits that the instance states, and
// [Client.Diagnose] tells what is wrong with a connection.
//
// CIs are written through the instance's own rules by [IREService], one at a
// time by [CMDBService], and other records from staging tables by
// [ImportSetService].
//
// Values that are put into a [Condition] can never end their term, whatever they
// hold. Unknown columns and tables in a condition are not errors to the platform:
// it drops such terms and answers with more rows. [Table.UpdateWhere] and
// [Table.DeleteWhere] therefore prove a condition before they write;
// [Table.UpdateIf] writes only to the record that was read, and [Table.Changes]
// reads what was written and deleted since a stored [Checkpoint].
//
// [Client].Changes is the Change Management API. [ChangePath] has the state models
// of changes as a pure function, [ChangeService.Walk] follows them and stops where
// people have to approve, and [ChangeService.WaitForApproval] waits for those.
//
// For tests, package servicenowtest has an in-memory instance, and recorded
// answers for those who replace the HTTP transport only.
package servicenow
