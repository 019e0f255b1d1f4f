package import JSON

/// Tells a caller who it is to the daemon.
package struct WhoAmI: RPCMethod {
    package static let name = "rpc.whoami"
    package static let access = Access.any

    package static func decode(_ params: ParamsReader) -> WhoAmI? {
        WhoAmI()
    }

    /// The caller as the kernel named it when it connected.
    package struct Result: JSONEncodable, Sendable {
        package var userID: UInt32
        package var groupID: UInt32
        package var groups: [UInt32]
        package var isAdmin: Bool

        package init(userID: UInt32, groupID: UInt32, groups: [UInt32], isAdmin: Bool) {
            self.userID = userID
            self.groupID = groupID
            self.groups = groups
            self.isAdmin = isAdmin
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("uid", Int(userID))
            writer.member("gid", Int(groupID))
            writer.member("groups", groups.map { Int($0) })
            writer.member("roles", isAdmin ? ["publisher", "admin"] : ["publisher"])
            writer.member("socket", isAdmin ? "admin" : "publish")
            writer.endObject()
        }
    }
}
