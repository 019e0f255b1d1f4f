package import Consent

extension ConfigurationID: LosslessStringPosition {}
extension DeliveryID: LosslessStringPosition {}

/// The page that a caller asks for.
package struct Paging<Position: LosslessStringPosition>: Sendable {
    package var size: Int
    package var after: Position?

    package init(size: Int = PagingLimits.sizeDefault, after: Position? = nil) {
        self.size = size
        self.after = after
    }

    static func decode(_ params: ParamsReader) -> Paging {
        var paging = Paging()
        if let size = params.int("page_size", in: 1...PagingLimits.sizeMax) { paging.size = size }
        if let text = params.string("page_token", allowsEmpty: true), !text.isEmpty {
            if let token = PageToken<Position>(text) {
                paging.after = token.position
            } else {
                params.fault("page_token", "was never issued")
            }
        }
        return paging
    }
}

/// How much a page holds.
package enum PagingLimits {
    package static let sizeDefault = 100
    package static let sizeMax = 1_000
}
