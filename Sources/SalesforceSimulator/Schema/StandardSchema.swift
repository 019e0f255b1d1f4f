/// The objects that a fresh org has: Lead, Contact and Account with consent fields, and the rules that assign Leads.
enum StandardSchema {
    static var objects: [ObjectType] {
        [lead, contact, account, assignmentRule]
    }

    private static var lead: ObjectType {
        ObjectType(
            "Lead",
            plural: "Leads",
            keyPrefix: "00Q",
            fields: system + personName + [
                Field("Title", "Title", .string, 128),
                Field("Company", "Company", .string, 255).required,
                Field("Street", "Street", .textarea, 255),
                Field("City", "City", .string, 40),
                Field("PostalCode", "Zip/Postal Code", .string, 20),
                Field("Country", "Country", .string, 80),
                Field("Phone", "Phone", .phone, 40),
                Field("MobilePhone", "Mobile Phone", .phone, 40),
                email,
                Field("Website", "Website", .url, 255),
                Field("Description", "Description", .textarea, 32_000),
                picklist("LeadSource", "Lead Source", ["Web", "Phone Inquiry", "Partner Referral", "Other"]),
                picklist("Status", "Status", ["Open - Not Contacted", "Working - Contacted", "Closed"]),
                Field("IsConverted", "Converted", .boolean).readOnly,
                reference("ConvertedAccountId", "Converted Account ID", "Account", "ConvertedAccount").readOnly,
                reference("ConvertedContactId", "Converted Contact ID", "Contact", "ConvertedContact").readOnly,
            ] + optOuts + consent
        )
    }

    private static var contact: ObjectType {
        ObjectType(
            "Contact",
            plural: "Contacts",
            keyPrefix: "003",
            fields: system + personName + [
                reference("AccountId", "Account ID", "Account", "Account"),
                Field("Title", "Title", .string, 128),
                Field("Phone", "Business Phone", .phone, 40),
                Field("MobilePhone", "Mobile Phone", .phone, 40),
                email,
                Field("Department", "Department", .string, 80),
                Field("Birthdate", "Birthdate", .date),
                Field("MailingCity", "Mailing City", .string, 40),
                Field("MailingCountry", "Mailing Country", .string, 80),
                Field("Description", "Contact Description", .textarea, 32_000),
                picklist("LeadSource", "Lead Source", ["Web", "Phone Inquiry", "Partner Referral", "Other"]),
            ] + optOuts + consent
        )
    }

    private static var account: ObjectType {
        ObjectType(
            "Account",
            plural: "Accounts",
            keyPrefix: "001",
            fields: system + [
                Field("Name", "Account Name", .string, 255).required,
                picklist("Type", "Account Type", ["Prospect", "Customer - Direct", "Other"]),
                Field("BillingCity", "Billing City", .string, 40),
                Field("BillingCountry", "Billing Country", .string, 80),
                Field("Phone", "Account Phone", .phone, 40),
                Field("Website", "Website", .url, 255),
                Field("AccountNumber", "Account Number", .string, 40),
                Field("NumberOfEmployees", "Employees", .int),
                Field("AnnualRevenue", "Annual Revenue", .double),
                Field("Description", "Account Description", .textarea, 32_000),
            ] + consent
        )
    }

    /// Seen by queries only; an org has none until one is put into it.
    private static var assignmentRule: ObjectType {
        ObjectType(
            "AssignmentRule",
            plural: "Assignment Rules",
            keyPrefix: "01Q",
            fields: system + [
                Field("Name", "Name", .string, 120).required,
                Field("SobjectType", "Object", .string, 40),
                Field("Active", "Active", .boolean),
            ]
        )
    }

    private static var system: [Field] {
        [
            Field("Id", "Record ID", .id, 18).with {
                $0.isCreateable = false
                $0.isUpdateable = false
                $0.isIDLookup = true
            },
            Field("IsDeleted", "Deleted", .boolean).readOnly,
            Field("CreatedDate", "Created Date", .datetime).readOnly,
            Field("LastModifiedDate", "Last Modified Date", .datetime).readOnly,
            Field("SystemModstamp", "System Modstamp", .datetime).readOnly,
            Field("OwnerId", "Owner ID", .string, 18),
        ]
    }

    private static var personName: [Field] {
        [
            Field("LastName", "Last Name", .string, 80).required,
            Field("FirstName", "First Name", .string, 40),
            Field("Salutation", "Salutation", .picklist, 40).with { $0.picklistValues = ["Mr.", "Ms.", "Dr."] },
            Field("Name", "Full Name", .string, 121).readOnly,
        ]
    }

    private static var email: Field {
        Field("Email", "Email", .email, 80).with { $0.isIDLookup = true }
    }

    private static var optOuts: [Field] {
        [
            Field("HasOptedOutOfEmail", "Email Opt Out", .boolean),
            Field("DoNotCall", "Do Not Call", .boolean),
        ]
    }

    private static var consent: [Field] {
        [
            Field("Newsletter__c", "Newsletter", .boolean),
            Field("Phone_OptIn__c", "Phone Opt-In", .boolean),
            Field("Topics__c", "Topics", .multipicklist, 4_099).with {
                $0.picklistValues = ["news", "offers", "events", "research"]
            },
            Field("Frequency__c", "Frequency", .picklist, 255).with {
                $0.picklistValues = ["daily", "weekly", "monthly", "never"]
                $0.isRestrictedPicklist = true
            },
            Field("Consent_Note__c", "Consent Note", .string, 255),
            Field("Consent_Date__c", "Consent Date", .datetime),
            Field("Consent_Day__c", "Consent Day", .date),
            Field("External_Id__c", "External Id", .string, 255).with {
                $0.isExternalID = true
                $0.isUnique = true
                $0.isIDLookup = true
            },
        ]
    }

    private static func picklist(_ name: String, _ label: String, _ values: [String]) -> Field {
        Field(name, label, .picklist, 255).with { $0.picklistValues = values }
    }

    private static func reference(_ name: String, _ label: String, _ target: String, _ relation: String) -> Field {
        Field(name, label, .reference, 18).with {
            $0.referenceTo = target
            $0.relationshipName = relation
        }
    }
}
